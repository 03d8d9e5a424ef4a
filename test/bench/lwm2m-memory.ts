// Run as a child with --expose-gc: registers so many devices of a directory, and prints what each of them takes.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCoapServer } from '../../src/devices/lwm2m/coap/coap-server.ts';
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
const CREATED = codeByte('2.01');

/** Devices without sockets, each at a place of its own, which answer at once. */
const network = () => {
  let events: DatagramEvents = { message: () => undefined, gone: () => undefined };
  let created = 0;
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
      if (datagram[1] === CREATED) created += 1;
      const told = identity(datagram);
      if (told !== undefined) setImmediate(arrive, key, told);
    },
    close: async () => undefined,
  };
  return { transport, arrive, created: () => created };
};

const { transport, arrive, created } = network();
const context = await createContext(configFromEnv(readEnv({ MUSTER_DATA: directory })));
const log = { info: () => undefined, warn: console.error };
const random = (bytes: number): Uint8Array => randomBytes(bytes);
const server = createCoapServer({ transport, clock: Date.now, later, random });
const lwm2m = await openLwm2m(
  { ...context, later, log, seen: { note: () => undefined } },
  {
    ...{ account: 'DEFAULT', publicUrl: '', publicHost: '', bootstrap: 'off', pushes: 1, ticketTtl: 1 },
    defaults: usualDefaults,
  },
  [{ name: 'coap', server }],
);

const register = async (from: number, to: number): Promise<void> => {
  for (let at = from; at < to; at += 1) {
    arrive(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255} 5683`, registrationOf(at, 1));
    while (at + 1 - created() >= AT_ONCE) await sleep(1);
  }
  while (created() < to) await sleep(1);
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
