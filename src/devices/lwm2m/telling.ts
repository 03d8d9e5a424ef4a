import { type Inventory, setInventory } from '../../app/device-attributes.ts';
import { insist } from '../../app/insist.ts';
import type { Result } from '../../domain/result.ts';
import type { CoapCode, CoapRequest } from './coap/peer.ts';
import { type Content, decodeContent, textAt } from './codecs/content.ts';
import type { Lwm2mDeps } from './deps.ts';
import { toInventory } from './map.ts';
import { profileOf } from './profile.ts';
import type { Registered } from './registered.ts';
import { type Visited, whoIs } from './visit.ts';

/** What `POST /dp` holds (A1.8); refused with the code to answer. */
export const readSend = (
  { contentFormat, payload }: Pick<CoapRequest, 'contentFormat' | 'payload'>,
  { root }: Pick<Registered, 'root'>,
): Result<Content, CoapCode> => {
  const content = decodeContent(contentFormat, payload, '/', root);
  if (content.ok) return content;
  return { ok: false, refusal: content.refusal.code === 'unsupported-format' ? '4.15' : '4.00' };
};

/** Makes known what a device has told of object 3; the state of an update is never taken from there. */
export const noteSent = async (deps: Lwm2mDeps, registered: Registered, content: Content): Promise<void> => {
  const who = await whoIs(deps, registered);
  // One that is to be asked for all of it is read anyway.
  if (who === undefined || who.device.attributesDue) return;
  const { versionPath } = profileOf(who.device.attributes, { queue: registered.queue, stream: false });
  const version = textAt(content, `/${versionPath.join('/')}`);
  if (version === undefined && ![...content.keys()].some((path) => path.startsWith('/3/0/'))) return;
  await tellDevice(deps, who, toInventory(content, version, registered));
};

/** Flags a device as one of which there may be two, where operators see it and rules find it. */
export const flagClone = async (deps: Lwm2mDeps, who: Visited): Promise<void> => {
  const attributes = { 'lwm2m.suspectedCloneAt': new Date(deps.clock()).toISOString() };
  deps.log.warn(
    { device: who.device.id },
    'a device registers from two places in turn: its identity may have been copied',
  );
  await tellDevice(deps, who, { make: undefined, model: undefined, versions: {}, attributes });
};

/** Adds to what is known of a device; one that is not taken is logged, since the device could do nothing about it. */
export const tellDevice = async (
  deps: Lwm2mDeps,
  { speaker, device }: Visited,
  told: Inventory,
): Promise<void> => {
  const set = await insist(() => setInventory(deps, speaker, device, told));
  if (!set.ok) deps.log.info({ device: device.id, refusal: set.refusal }, 'an inventory was not taken');
};
