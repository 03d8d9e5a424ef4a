import { setImmediate as breathe } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDtlsHouse, place } from './support/dtls-house.ts';
import { usedMemory } from './support/used-memory.ts';

const MILLION = 1_000_000;

/** A record of a hello with another random, and therefore another cookie, each time. */
const helloOf = (like: Uint8Array, number: number): Uint8Array => {
  const hello = Buffer.from(like);
  hello.writeUInt32BE(number, 13 + 12 + 2);
  return hello;
};

const helloLike = async (): Promise<Uint8Array> => {
  const house = await openDtlsHouse();
  const device = house.client(place(1), { loses: () => true });
  device.start();
  return device.flights[0]?.[0] ?? Buffer.alloc(0);
};

it('keeps nothing of a million hellos from made-up addresses, and then serves a device', async () => {
  const house = await openDtlsHouse({ forgetful: true });
  const like = await helloLike();
  const flood = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1) {
      const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
      house.arrive(place(1024 + (at % 60_000), address), helloOf(like, at));
      if (at % 20_000 === 0) await breathe();
    }
  };
  await flood(0, MILLION / 10);
  const before = usedMemory();
  await flood(MILLION / 10, MILLION);
  // Less than 75 bytes for each, most of it garbage that was not collected yet.
  expect(usedMemory() - before).toBeLessThan(64 * 1024 * 1024);
  expect((await house.connected(place(5))).isConnected()).toBe(true);
}, 180_000);
