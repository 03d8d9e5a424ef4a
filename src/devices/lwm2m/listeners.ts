import { findPreSharedKey } from '../../app/device-keys.ts';
import { createCoapServer } from './coap/coap-server.ts';
import type { Lwm2mDeps } from './deps.ts';
import type { Listener } from './open.ts';
import type { ListenerName } from './registered.ts';
import type { StreamDoor } from './stream/door.ts';
import type { StreamLimits } from './stream/limits.ts';
import { createUdp } from './udp.ts';

/** Where to listen. Port 0 takes a free one. */
export type ListenAt = { readonly host: string; readonly port: number };

export type ListenerDeps = Lwm2mDeps & { readonly random: (bytes: number) => Uint8Array };

const keyOf =
  (deps: Lwm2mDeps) =>
  async (identity: string): Promise<Uint8Array | undefined> =>
    (await findPreSharedKey(deps, identity))?.key;

const troubleOf =
  ({ log }: Lwm2mDeps) =>
  (err: unknown): void =>
    log.warn({ err }, 'the key of a device could not be looked up');

const doorOf = async (
  deps: ListenerDeps,
  name: 'coap+tcp' | 'coaps+tcp',
  { host: address, port }: ListenAt,
  limits: StreamLimits,
): Promise<StreamDoor> => {
  if (name === 'coap+tcp') return (await import('./stream/door.ts')).createTcpDoor(address, port, limits);
  const { createTlsDoor } = await import('./stream/tls-door.ts');
  const { clock, random } = deps;
  return createTlsDoor({
    address,
    port,
    findKey: keyOf(deps),
    clock,
    random,
    trouble: troubleOf(deps),
    limits,
  });
};

/** A listener of one transport, which is loaded only here: who has none of it needs none of its code. */
export const createListener = async (
  deps: ListenerDeps,
  name: ListenerName,
  { host, port }: ListenAt,
): Promise<Listener> => {
  const { clock, later, random } = deps;
  switch (name) {
    case 'coap':
      return { name, server: createCoapServer({ transport: createUdp(host, port), clock, later, random }) };
    case 'coaps': {
      const { createDtls } = await import('./secure/dtls.ts');
      const below = createUdp(host, port);
      const transport = createDtls({
        ...{ below, clock, later, random },
        findKey: keyOf(deps),
        trouble: troubleOf(deps),
      });
      return { name, server: createCoapServer({ transport, clock, later, random }) };
    }
    case 'coap+tcp':
    case 'coaps+tcp': {
      const [{ createCoapStreamServer }, { DEFAULT_STREAM_LIMITS: limits }] = await Promise.all([
        import('./stream/coap-stream-server.ts'),
        import('./stream/limits.ts'),
      ]);
      const outside = { clock, later, random, limits, findKey: keyOf(deps), trouble: troubleOf(deps) };
      const door = await doorOf(deps, name, { host, port }, limits);
      return { name, server: createCoapStreamServer({ ...outside, door }) };
    }
    default:
      return name satisfies never;
  }
};
