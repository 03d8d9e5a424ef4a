import { issueCredential } from '../../app/credentials.ts';
import type { Admitted } from '../../app/device-access.ts';
import { newestKeyOf } from '../../app/device-keys.ts';
import { insist } from '../../app/insist.ts';
import { admitToBootstrap } from './admission.ts';
import { type Account, accountWrites, freeInstance, type SecureScheme } from './bootstrap-account.ts';
import type { CoapPeer, CoapRequest, CoapResponse, OutgoingRequest, Timing } from './coap/peer.ts';
import { contentFormats } from './codecs/content-format.ts';
import { decodeLinks } from './codecs/link-format.ts';
import type { Lwm2mDeps, Lwm2mSettings } from './deps.ts';
import { diagnostic } from './errors.ts';
import { createLimiter } from './limiter.ts';
import type { Origins } from './packages.ts';
import { profileOf } from './profile.ts';
import type { ListenerName } from './registered.ts';
import { tellDevice } from './telling.ts';

/** Answers `POST /bs` and then writes to the device where to register, and by which key (A1.5). */
export type Bootstrap = (
  peer: CoapPeer,
  request: CoapRequest,
  listener: ListenerName,
) => Promise<CoapResponse>;

/** Devices that are written to at the same time. */
const MOST = 200;
/** Others wait; those beyond are asked to come again after so many seconds. */
const MOST_WAITING = 5_000;
const AGAIN = 30;
const nothing = new Uint8Array();

/** Which listener a device is sent to: the one it came over, else the secure one most like it. */
const wanted: Readonly<Record<ListenerName, readonly SecureScheme[]>> = {
  coap: ['coaps', 'coaps+tcp'],
  coaps: ['coaps', 'coaps+tcp'],
  'coap+tcp': ['coaps+tcp', 'coaps'],
  'coaps+tcp': ['coaps+tcp', 'coaps'],
};

const parameter = (query: readonly string[], name: string): string | undefined =>
  query.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);

/** Makes the bootstrap server; there is none where devices could not be told a secure listener. */
export const createBootstrap = (
  deps: Lwm2mDeps,
  settings: Lwm2mSettings,
  origins: () => Origins,
): Bootstrap => {
  const limiter = createLimiter(MOST);
  let open = 0;

  /** The newest key of the device; over plain listeners it may be its first one. */
  const keyFor = async ({
    speaker,
    device,
  }: Admitted): Promise<Pick<Account, 'identity' | 'key'> | undefined> => {
    const known = await newestKeyOf(deps, speaker.account.key, device.key);
    if (known !== undefined) return known;
    const caller = { ...speaker, permissions: new Set<never>() };
    const made = await insist(() =>
      issueCredential(deps, caller, device.id, { kind: 'psk', expiresAt: null }),
    );
    return made.ok ? newestKeyOf(deps, speaker.account.key, device.key) : undefined;
  };

  const provide = async (
    peer: CoapPeer,
    admitted: Admitted,
    at: Pick<Account, 'uri' | 'scheme'>,
    format: string | undefined,
  ): Promise<void> => {
    const { device } = admitted;
    const secret = await keyFor(admitted);
    if (secret === undefined) return deps.log.warn({ device: device.id }, 'a device could be given no key');
    const { timing } = profileOf(device.attributes, { queue: false, stream: false }, settings.defaults);
    const failed = await writeAccount(peer, timing, { ...at, ...secret }, format);
    if (failed !== undefined) {
      return deps.log.warn({ device: device.id, step: failed }, 'a device did not take what bootstrap wrote');
    }
    const attributes = { 'lwm2m.bootstrappedAt': new Date(deps.clock()).toISOString() };
    await tellDevice(deps, admitted, { make: undefined, model: undefined, versions: {}, attributes });
    deps.log.info({ device: device.id, identity: secret.identity }, 'a device was given its key');
  };

  return async (peer, { query }, listener) => {
    const scheme = wanted[listener].find((one) => origins()[one] !== undefined);
    const uri = scheme && origins()[scheme];
    if (scheme === undefined || uri === undefined) return diagnostic('4.04');
    const found = await admitToBootstrap(deps, settings, peer.association, parameter(query, 'ep'));
    if ('no' in found) return diagnostic('4.03', found.no);
    if (open >= MOST_WAITING) return { code: '5.03', maxAge: AGAIN, payload: nothing };
    open += 1;
    // One that begins anew has forgotten what it was asked.
    peer.drop();
    setImmediate(() => {
      limiter(() => provide(peer, found.admitted, { uri, scheme }, parameter(query, 'pct')))
        .catch((err) =>
          deps.log.warn({ err, device: found.admitted.device.id }, 'a device could not be given its key'),
        )
        .finally(() => {
          open -= 1;
        });
    });
    return { code: '2.04', payload: nothing };
  };
};

/** Carries the writes out in order; answers at which step the device refused, or fell silent. */
const writeAccount = async (
  peer: CoapPeer,
  timing: Timing,
  account: Account,
  format: string | undefined,
): Promise<string | undefined> => {
  const send = async (request: Omit<OutgoingRequest, 'priority'>) => {
    const exchange = await peer.request({ payload: nothing, priority: 'read', ...request }, timing);
    return exchange.ok ? exchange.response : undefined;
  };
  const listed = await send({ method: 'GET', path: ['0'], accept: contentFormats.links });
  if (listed === undefined) return 'discover';
  const links = listed.code === '2.05' ? decodeLinks(listed.payload) : undefined;
  const instance = freeInstance(links?.ok === true ? links.value : []);
  // Who has nothing to delete, or does not delete whole objects, is overwritten.
  for (const object of ['0', '1']) {
    if ((await send({ method: 'DELETE', path: [object] })) === undefined) return `delete /${object}`;
  }
  for (const { path, contentFormat, payload } of accountWrites(account, instance, format)) {
    const written = await send({ method: 'PUT', path, contentFormat, payload });
    if (written?.code.startsWith('2.') !== true) return `write /${path.join('/')}`;
  }
  const finished = await send({ method: 'POST', path: ['bs'] });
  return finished?.code.startsWith('2.') === true ? undefined : 'finish';
};
