import { randomBytes } from 'node:crypto';
import { createDtls } from '../../src/devices/lwm2m/secure/dtls.ts';
import type { DtlsLimits } from '../../src/devices/lwm2m/secure/limits.ts';
import type { Association, DatagramEvents, SecureDatagram } from '../../src/devices/lwm2m/transport.ts';
import { createDtlsClient, type DtlsClient, type DtlsClientOptions } from './dtls-client.ts';

/** Keys by identity, as the tests know them. */
export const deviceKeys: ReadonlyMap<string, Uint8Array> = new Map([
  ['dev1', Buffer.from('key of device 1!')],
  ['dev2', Buffer.from('key of device 2!')],
]);

/** An address of a device. */
export type Place = { readonly address: string; readonly port: number };
export const place = (port: number, address = '192.0.2.1'): Place => ({ address, port });

type Heard = { readonly from: Association; readonly text: string };

/** A DTLS server without a socket: datagrams go in and come out by hand, and time passes by hand. */
export type DtlsHouse = {
  readonly transport: SecureDatagram;
  /** Hands a datagram to the server. */
  readonly arrive: (from: Place, datagram: Uint8Array) => void;
  /** A client at a place; what the server sends there, it hears, but for what `loses` takes out. */
  readonly client: (
    at: Place,
    options?: Partial<DtlsClientOptions> & { readonly loses?: (datagram: Uint8Array) => boolean },
  ) => DtlsClient;
  /** A client whose handshake is done. */
  readonly connected: (at: Place, options?: Partial<DtlsClientOptions>) => Promise<DtlsClient>;
  /** Answers go to that client from now on, as if the network led there. */
  readonly lead: (at: Place, client: DtlsClient) => void;
  readonly pass: (ms: number) => void;
  /** Messages that came out of associations. */
  readonly heard: readonly Heard[];
  readonly gone: readonly string[];
  /** Every datagram that the server sent, with where to. */
  readonly sent: readonly { readonly to: string; readonly datagram: Uint8Array }[];
  /** Forgets what was sent so far. */
  readonly forgetSent: () => void;
  readonly troubles: readonly unknown[];
};

/** Lets what waits for a looked-up key go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Opens one. `findKey` is that of `deviceKeys` unless given. */
export const openDtlsHouse = async (
  options: {
    readonly limits?: Partial<DtlsLimits>;
    readonly findKey?: (identity: string) => Promise<Uint8Array | undefined>;
    /** Keeps no list of what was sent. */
    readonly forgetful?: boolean;
  } = {},
): Promise<DtlsHouse> => {
  let now = 1_800_000_000_000;
  let events: DatagramEvents = { message: () => undefined, gone: () => undefined };
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const ears = new Map<string, (datagram: Uint8Array) => void>();
  const sent: { to: string; datagram: Uint8Array }[] = [];
  const heard: Heard[] = [];
  const gone: string[] = [];
  const troubles: unknown[] = [];

  const below: SecureDatagram = {
    scheme: 'coap',
    listen: async (listener) => {
      events = listener;
      return { address: '192.0.2.254', port: 5684 };
    },
    send: ({ key }, datagram) => {
      if (!options.forgetful) sent.push({ to: key, datagram });
      ears.get(key)?.(datagram);
    },
    close: async () => undefined,
  };
  const transport = createDtls({
    below,
    findKey: options.findKey ?? (async (identity) => deviceKeys.get(identity)),
    clock: () => now,
    later: (run, ms) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    random: (count) => new Uint8Array(randomBytes(count)),
    trouble: (error) => troubles.push(error),
    ...(options.limits && { limits: options.limits }),
  });
  await transport.listen({
    message: (from, datagram) => heard.push({ from, text: Buffer.from(datagram).toString() }),
    gone: (key) => gone.push(key),
  });
  const nameOf = ({ address, port }: Place): string => `${address} ${port}`;
  const arrive = (from: Place, datagram: Uint8Array): void =>
    events.message({ key: nameOf(from), ...from, identity: undefined }, datagram);
  const client: DtlsHouse['client'] = (at, { loses, ...rest } = {}) => {
    const made = createDtlsClient({
      send: (datagram) => arrive(at, datagram),
      identity: 'dev1',
      key: deviceKeys.get(rest.identity ?? 'dev1') ?? Buffer.from('no key of anybody'),
      ...rest,
    });
    ears.set(nameOf(at), (datagram) => {
      if (!loses?.(datagram)) made.hear(datagram);
    });
    return made;
  };

  return {
    transport,
    arrive,
    client,
    connected: async (at, rest) => {
      const made = client(at, rest);
      made.start();
      await settle();
      if (!made.isConnected()) throw new Error('the handshake did not succeed');
      return made;
    },
    lead: (at, made) => ears.set(nameOf(at), made.hear),
    pass: (ms) => {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        now = due.at;
        due.run();
      }
      now = end;
    },
    heard,
    gone,
    sent,
    forgetSent: () => {
      sent.length = 0;
    },
    troubles,
  };
};
