import type { CoapPeer, CoapResponse, Exchange, OutgoingRequest } from './coap/peer.ts';
import { type Content, decodeContent, textAt } from './codecs/content.ts';
import { requestPath } from './codecs/path.ts';
import { toFirmware, toSoftware } from './map.ts';
import type { DeviceProfile } from './profile.ts';
import { objectOf, type Registered } from './registered.ts';
import type { ObjectKind, Readings } from './session-types.ts';

/** A device that can be asked, and how. */
export type Reach = {
  readonly peer: CoapPeer;
  readonly registered: Pick<Registered, 'root' | 'objects'>;
  readonly profile: DeviceProfile;
};

/** What a device answers; `silent` when it does not. Other codes than a success are no content. */
export type Read = { readonly content: Content; readonly code: string } | 'silent';

const TEXT = 0;
const nothing: Content = new Map();

export const send = (
  { peer, registered, profile }: Reach,
  path: string,
  request: Omit<OutgoingRequest, 'path'>,
): Promise<Exchange> =>
  peer.request(
    { ...request, path: requestPath(path, registered.root), szx: request.szx ?? profile.szx },
    profile.timing,
  );

const contentOf = ({ registered }: Reach, path: string, response: CoapResponse): Content => {
  if (!response.code.startsWith('2.')) return nothing;
  const decoded = decodeContent(response.contentFormat, response.payload, path, registered.root);
  return decoded.ok ? decoded.value : nothing;
};

/** Reads a resource or an instance in the format that suits it (A1.9): whatever comes back is understood. */
const read = async (reach: Reach, path: string): Promise<Read> => {
  const isResource = path.split('/').length > 3;
  const get = { method: 'GET', priority: 'read' } as const;
  const first = await send(
    reach,
    path,
    isResource ? { ...get, accept: TEXT, payload: none } : { ...get, payload: none },
  );
  if (!first.ok) return 'silent';
  if (!isResource || first.response.code !== '4.06') {
    return { content: contentOf(reach, path, first.response), code: first.response.code };
  }
  const second = await send(reach, path, { ...get, payload: none });
  if (!second.ok) return 'silent';
  return { content: contentOf(reach, path, second.response), code: second.response.code };
};

const none = new Uint8Array();

/** Reads an instance; where that gives nothing, those of its resources that matter one by one. */
const readInstance = async (
  reach: Reach,
  path: string,
  resources: readonly number[],
  vital: number,
): Promise<Content | 'silent'> => {
  const whole = await read(reach, path);
  if (whole === 'silent') return 'silent';
  if (whole.content.has(`${path}/${vital}`)) return whole.content;
  const found = new Map(whole.content);
  for (const resource of resources) {
    const one = await read(reach, `${path}/${resource}`);
    if (one === 'silent') return 'silent';
    for (const [name, value] of one.content) found.set(name, value);
    // Without its state an object is of no use.
    if (resource === vital && one.content.size === 0) break;
  }
  return found;
};

/** Where the package goes to: an instance of object 5, or a slot of object 9. */
export const instancePath = (kind: ObjectKind, instance: number): string =>
  kind === 'firmware' ? `/5/${instance}` : `/9/${instance}`;

/** State, result, version and abilities, as they are now. */
export const readFirmware = async (reach: Reach): Promise<Readings | 'silent'> => {
  const { profile, registered } = reach;
  const path = instancePath('firmware', profile.instance);
  const object = objectOf(registered, 5);
  const isThere = object !== undefined || profile.unlisted;
  const cancels = object !== undefined && object.version !== '1.0';
  const content = isThere ? await readInstance(reach, path, [3, 5, 8, 9], 3) : nothing;
  if (content === 'silent') return 'silent';
  const version = await readVersion(reach);
  return version === 'silent' ? 'silent' : { ...toFirmware(content, path, cancels), version: version.text };
};

/** The version of the firmware; no text where the device does not tell. */
export const readVersion = async (
  reach: Reach,
): Promise<{ readonly text: string | undefined } | 'silent'> => {
  const path = `/${reach.profile.versionPath.join('/')}`;
  const one = await read(reach, path);
  return one === 'silent' ? 'silent' : { text: textAt(one.content, path) };
};

/** A slot of object 9 as it is now. */
export const readSoftware = async (reach: Reach, instance: number): Promise<Readings | 'silent'> => {
  const path = instancePath('software', instance);
  const content = await readInstance(reach, path, [7, 9, 1, 12], 7);
  return content === 'silent' ? 'silent' : toSoftware(content, path);
};

/**
 * The slot for a software: the one that has it, else one that is empty, else the one that has begun with something;
 * `undefined` where the device has none.
 */
export const findSlot = async (reach: Reach, name: string): Promise<number | undefined | 'silent'> => {
  const instances = objectOf(reach.registered, 9)?.instances ?? [];
  let empty: number | undefined;
  let begun: number | undefined;
  for (const instance of instances.slice(0, MOST_SLOTS)) {
    const path = instancePath('software', instance);
    const content = await readInstance(reach, path, [7, 0], 7);
    if (content === 'silent') return 'silent';
    const { state } = toSoftware(content, path);
    if (textAt(content, `${path}/0`) === name) return instance;
    if (state === 'idle') empty ??= instance;
    else if (state !== 'installed' && state !== undefined) begun ??= instance;
  }
  return empty ?? begun;
};

const MOST_SLOTS = 32;

/** Object 3 whole, or what is vital of it. */
export const readDevice = (reach: Reach): Promise<Content | 'silent'> =>
  readInstance(reach, '/3/0', [0, 1, 2, 3, 17, 18, 19], 0);
