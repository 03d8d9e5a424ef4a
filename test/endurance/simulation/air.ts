import type { DatagramEvents, SecureDatagram } from '../../../src/devices/lwm2m/transport.ts';
import type { Chance } from './chance.ts';
import type { Life } from './mortal.ts';
import type { Faults, Odds } from './network.ts';

/** A socket of a device, whose datagrams go to whatever process listens. */
export type AirSocket = {
  readonly port: number;
  readonly send: (datagram: Uint8Array) => void;
  readonly close: () => void;
};

/** The way between LwM2M devices and the server: datagrams are lost, come twice, late, and in any order. */
export type Air = {
  /** The listener of a process, until that ends. */
  readonly transport: (life: Life) => SecureDatagram;
  readonly open: (heard: (datagram: Buffer) => void) => AirSocket;
  readonly datagrams: () => number;
};

export type AirOptions = {
  readonly chance: Chance;
  readonly odds: () => Pick<Odds, 'lost' | 'twice' | 'late'>;
  readonly faults: Faults;
  readonly later: (milliseconds: number, run: () => Promise<void>) => void;
};

const ADDRESS = '198.51.100.1';
const FIRST_PORT = 1_024;
const PORTS = 64_000;
const QUICK = 400;
/** Longer than a message id stands for the same message. */
const LATEST = 300_000;

export const createAir = ({ chance, odds, faults, later }: AirOptions): Air => {
  const sockets = new Map<number, (datagram: Buffer) => void>();
  let listening: { readonly life: Life; readonly events: DatagramEvents } | undefined;
  let [opened, datagrams] = [0, 0];

  /** The ones that were closed longest ago come first: hardly anything is still on its way to them. */
  const freePort = (): number => {
    if (sockets.size === PORTS) throw new Error('there is no port left');
    const port = FIRST_PORT + (opened % PORTS);
    opened += 1;
    return sockets.has(port) ? freePort() : port;
  };

  const befalls = (kind: 'lost' | 'twice' | 'late'): boolean => {
    const happens = chance.happens(odds()[kind]);
    if (happens) faults[kind] += 1;
    return happens;
  };

  const carry = (arrive: () => void): void => {
    datagrams += 1;
    if (befalls('lost')) return;
    const copies = befalls('twice') ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      later(chance.below(befalls('late') ? LATEST : QUICK), async () => arrive());
  };

  const reachServer = (port: number, datagram: Buffer): void => {
    if (listening === undefined || listening.life.isOver()) return;
    const from = { key: `${ADDRESS} ${port}`, address: ADDRESS, port, identity: undefined };
    listening.events.message(from, datagram);
  };

  return {
    datagrams: () => datagrams,
    transport: (life) => ({
      scheme: 'coap',
      listen: async (events) => {
        listening = { life, events };
        return { address: '192.0.2.1', port: 5_683 };
      },
      send: ({ key }, datagram) => {
        if (life.isOver()) return;
        const port = Number(key.slice(key.lastIndexOf(' ') + 1));
        // The sender may use its memory again.
        const copy = Buffer.from(datagram);
        carry(() => sockets.get(port)?.(copy));
      },
      close: async () => undefined,
    }),
    open: (heard) => {
      const port = freePort();
      sockets.set(port, heard);
      return {
        port,
        send: (datagram) => carry(() => reachServer(port, Buffer.from(datagram))),
        close: () => void sockets.delete(port),
      };
    },
  };
};
