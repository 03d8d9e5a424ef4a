import { findPreSharedKey } from '../../app/device-keys.ts';
import { createCoapServer } from './coap/coap-server.ts';
import type { Lwm2mDeps } from './deps.ts';
import type { Listener } from './open.ts';
import type { ListenerName } from './registered.ts';
import { createUdp } from './udp.ts';

/** Where to listen. Port 0 takes a free one. */
export type ListenAt = { readonly host: string; readonly port: number };

export type ListenerDeps = Lwm2mDeps & { readonly random: (bytes: number) => Uint8Array };

const keyOf =
  (deps: Lwm2mDeps) =>
  async (identity: string): Promise<Uint8Array | undefined> =>
    (await findPreSharedKey(deps, identity))?.key;

/** A listener of one transport, which is loaded only here: who has none of it needs none of its code. */
export const createListener = async (
  deps: ListenerDeps,
  name: ListenerName,
  { host, port }: ListenAt,
): Promise<Listener> => {
  const { clock, later, random, log } = deps;
  const trouble = (err: unknown): void => log.warn({ err }, 'the key of a device could not be looked up');
  switch (name) {
    case 'coap':
      return { name, server: createCoapServer({ transport: createUdp(host, port), clock, later, random }) };
    case 'coaps': {
      const { createDtls } = await import('./secure/dtls.ts');
      const below = createUdp(host, port);
      const transport = createDtls({ below, findKey: keyOf(deps), clock, later, random, trouble });
      return { name, server: createCoapServer({ transport, clock, later, random }) };
    }
    case 'coap+tcp':
    case 'coaps+tcp':
      throw new Error(`${name} is not there yet`);
    default:
      return name satisfies never;
  }
};
