import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate, type Option, parse } from 'coap-packet';
import { expect, it } from 'vitest';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { createCoapServer } from '../src/devices/lwm2m/coap/coap-server.ts';
import type { BlockSource } from '../src/devices/lwm2m/coap/peer.ts';
import type { Lwm2mSettings } from '../src/devices/lwm2m/deps.ts';
import { openLwm2m } from '../src/devices/lwm2m/open.ts';
import { usualDefaults, usualTiming } from '../src/devices/lwm2m/profile.ts';
import type { DatagramEvents, SecureDatagram } from '../src/devices/lwm2m/transport.ts';
import { later } from '../src/server/context.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { must } from './contract/store/world.ts';
import { newFleet } from './support/fleet.ts';
import { outside } from './support/lwm2m-listeners.ts';

const TRANSFERS = 10_000;
const REGISTERED = 50;
/** A round trip of NB-IoT, in milliseconds (reference A1.13). */
const ROUND_TRIP = 3_000;
const TICK = 20;
const block = Buffer.alloc(512, 'x');
/** More than anybody takes in a test. */
const image: BlockSource = { size: 2 ** 28, read: async (_offset, length) => block.subarray(0, length) };

/** Devices without sockets: those in a transfer take one block in a round trip, the others are answered at once. */
const network = () => {
  let events: DatagramEvents = { message: () => undefined, gone: () => undefined };
  let due: (readonly [at: number, key: string, datagram: Buffer])[] = [];
  const blocks = new Map<string, number>();
  const ears = new Map<string, (datagram: Buffer) => void>();
  const arrive = (key: string, datagram: Buffer): void => {
    const [address = '', port] = key.split(' ');
    events.message({ key, address, port: Number(port), identity: undefined }, datagram);
  };
  const timer = setInterval(() => {
    const now = performance.now();
    const later = due.findIndex(([at]) => at > now);
    const ready = later < 0 ? due : due.slice(0, later);
    due = later < 0 ? [] : due.slice(later);
    for (const [, key, datagram] of ready) arrive(key, datagram);
  }, TICK);
  /** What a device answers to a block, by the header alone: 10,000 of them have this process to themselves. */
  const take = (key: string, datagram: Uint8Array): void => {
    const bytes = Buffer.from(datagram);
    const { messageId, token, options = [] } = parse(bytes);
    const echo = options.filter(({ name }) => name === 'Block1');
    if (echo.length === 0) return;
    blocks.set(key, (blocks.get(key) ?? 0) + 1);
    const answer = generate({ ack: true, code: '2.31', messageId, token, options: echo });
    due.push([performance.now() + ROUND_TRIP, key, answer]);
  };
  const transport: SecureDatagram = {
    scheme: 'coap',
    listen: async (listener) => {
      events = listener;
      return { address: '192.0.2.254', port: 5683 };
    },
    send: ({ key }, datagram) => {
      const ear = ears.get(key);
      if (ear === undefined) take(key, datagram);
      else ear(Buffer.from(datagram));
    },
    close: async () => clearInterval(timer),
  };
  /** Posts as a device does; the answer, and after how many milliseconds it came. */
  const post = (key: string, id: number, path: readonly string[], query: readonly string[], payload = '') =>
    new Promise<{ code: string; location: string[]; took: number }>((resolve) => {
      const begun = performance.now();
      ears.set(key, (datagram) => {
        const { code, options = [], ack } = parse(datagram);
        if (!ack) return;
        const location = options
          .filter(({ name }) => name === 'Location-Path')
          .map(({ value }) => `${value}`);
        resolve({ code, location, took: performance.now() - begun });
      });
      const texts = (name: Option['name'], values: readonly string[]): Option[] =>
        values.map((value) => ({ name, value: Buffer.from(value) }));
      const options = [...texts('Uri-Path', path), ...texts('Uri-Query', query)];
      const more = { messageId: id, token: Buffer.of(1, id & 255), payload: Buffer.from(payload) };
      arrive(key, generate({ code: 'POST', confirmable: true, options, ...more }));
    });
  return { transport, blocks, post };
};

it('answers registration updates while 10,000 other devices are in a transfer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-lwm2m-many-'));
  const store = await openSqlite(join(directory, 'muster.db'));
  const { world, deps, operator } = await newFleet(store);
  const { transport, blocks, post } = network();
  const server = createCoapServer({ ...outside, transport });
  const settings: Lwm2mSettings = {
    ...{ account: operator.account.id, publicUrl: '', publicHost: '', bootstrap: 'off' },
    ...{ machine: '', registrations: 100_000 },
    ...{ pushes: TRANSFERS, ticketTtl: 1, defaults: usualDefaults },
  };
  const log = { info: () => undefined, warn: () => undefined };
  const own = {
    ...deps,
    clock: Date.now,
    blobs: openMemoryBlobs(),
    later,
    seen: { note: () => undefined },
    log,
  };
  const lwm2m = await openLwm2m(own, settings, [{ name: 'coap', server }]);
  try {
    const updates: { readonly key: string; readonly path: readonly string[] }[] = [];
    for (let number = 0; number < REGISTERED; number += 1) {
      const key = `198.51.100.1 ${1024 + number}`;
      await world.addDevice({ id: `d${number}`, protocol: 'lwm2m' });
      const { code, location } = await post(
        key,
        1,
        ['rd'],
        [`ep=d${number}`, 'lwm2m=1.1', 'lt=600'],
        '</3/0>',
      );
      expect(code).toBe('2.01');
      updates.push({ key, path: location });
    }
    let ended = 0;
    for (let number = 0; number < TRANSFERS; number += 1) {
      const place = { address: `10.0.${number >> 8}.${number & 255}`, port: 4000 };
      const peer = must(server.reach?.({ key: `${place.address} ${place.port}`, ...place }));
      const timing = { ...usualTiming, ackTimeout: 30_000 };
      const request = { method: 'PUT', path: ['5', '0', '0'], szx: 5, payload: image } as const;
      void peer.request(request, timing).then(() => {
        ended += 1;
      });
      // As a campaign lets them begin, not all in one turn.
      if (number % 100 === 0) await sleep(5);
    }
    const sum = (): number => [...blocks.values()].reduce((total, one) => total + one, 0);
    await expect.poll(() => blocks.size, { timeout: 60_000 }).toBe(TRANSFERS);
    // The first have their second block.
    await expect.poll(sum, { timeout: 60_000 }).toBeGreaterThan(TRANSFERS);
    const before = sum();
    const took: number[] = [];
    for (const [number, { key, path }] of [...updates, ...updates].entries()) {
      const answer = await post(key, 100 + number, path, ['lt=900']);
      expect(answer.code).toBe('2.04');
      took.push(answer.took);
      await sleep(20);
    }
    expect(ended).toBe(0);
    // All of them went on meanwhile.
    expect(sum() - before).toBeGreaterThan(1_000);
    // Before anybody sends again (ACK_TIMEOUT).
    expect(Math.max(...took)).toBeLessThan(1_000);
  } finally {
    await lwm2m.stop();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}, 180_000);
