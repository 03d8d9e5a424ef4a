// Run as a child with --expose-gc: registers so many devices of a directory, and prints what each of them takes.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCoapServer } from '../../src/devices/lwm2m/coap/coap-server.ts';
import { emptyDatagram } from '../../src/devices/lwm2m/coap/codec.ts';
import { codeByte } from '../../src/devices/lwm2m/coap/message.ts';
import { openLwm2m } from '../../src/devices/lwm2m/open.ts';
import { usualDefaults } from '../../src/devices/lwm2m/profile.ts';
import type { DatagramEvents, SecureDatagram } from '../../src/devices/lwm2m/transport.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { createContext, later } from '../../src/server/context.ts';
import { readEnv } from '../../src/server/env.ts';
import { usedMemory } from '../support/used-memory.ts';
import { identity, registrationOf } from './coap-load.ts';

const [, , directory = '', count = ''] = process.argv;
const devices = Number(count);
const AT_ONCE = 200;

/** A response that took the server long is confirmable (RFC 7252 5.2.2). */
const acknowledgement = ([first = 0, code, high = 0, low = 0]: Uint8Array): Uint8Array | undefined =>
  (first & 0x30) === 0 && code === codeByte('2.01') ? emptyDatagram('ack', high * 256 + low) : undefined;

/** Devices without sockets, each at a place of its own, which answer at once. */
const network = () => {
  let events: DatagramEvents = { message: () => undefined, gone: () => undefined };
  const arrive = (key: string, datagram: Uint8Array): void => {
    const [address = '', port] = key.split(' ');
    events.message({ key, address, port: Number(port), identity: undefined }, datagram);
  };
  const transport: SecureDatagram = {
    scheme: 'coap',
    listen: async (listener) => {
      events = listener;
      return { address: '192.0.2.254', port: 5683 };
    },
    send: ({ key }, datagram) => {
      const told = identity(datagram) ?? acknowledgement(datagram);
      if (told !== undefined) setImmediate(arrive, key, told);
    },
    close: async () => undefined,
  };
  return { transport, arrive };
};

const { transport, arrive } = network();
const context = await createContext(configFromEnv(readEnv({ MUSTER_DATA: directory })));
const log = { info: () => undefined, warn: console.error };
const random = (bytes: number): Uint8Array => randomBytes(bytes);
const server = createCoapServer({ transport, clock: Date.now, later, random });
const lwm2m = await openLwm2m(
  { ...context, later, log, seen: { note: () => undefined } },
  {
    ...{ account: 'DEFAULT', publicUrl: '', publicHost: '', bootstrap: 'off', pushes: 1, ticketTtl: 1 },
    ...{ machine: '', registrations: 1_000_000 },
    defaults: usualDefaults,
  },
  [{ name: 'coap', server }],
);

const register = async (from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at += 1) {
    arrive(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255} 5683`, registrationOf(at, 1));
    while (at + 1 - lwm2m.registered() >= AT_ONCE) await sleep(1);
  }
  while (lwm2m.registered() < to) await sleep(1);
};

/** What is used once nothing is under way any more. */
const settled = async (): Promise<number> => {
  let last = Number.POSITIVE_INFINITY;
  for (;;) {
    await sleep(1_000);
    globalThis.gc?.();
    const now = usedMemory();
    if (Math.abs(now - last) < 2 ** 18) return now;
    last = now;
  }
};

const first = Math.min(1_000, Math.floor(devices / 10));
await register(0, first);
const before = await settled();
await register(first, devices);
const after = await settled();
console.log(
  JSON.stringify({ bytes: Math.round((after - before) / (devices - first)), registered: lwm2m.registered() }),
);
await lwm2m.stop();
await context.dispose();
