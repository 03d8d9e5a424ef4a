import { setImmediate as breathe } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../src/devices/lwm2m/stream/frame.ts';
import { createIdentityScanner } from '../src/devices/lwm2m/stream/identity-scanner.ts';
import { openDtlsHouse, place, settle } from './support/dtls-house.ts';
import { createMutator } from './support/mutator.ts';
import { usedMemory } from './support/used-memory.ts';

const MILLION = 1_000_000;
const text = (data: string): Uint8Array => Buffer.from(data);
const SEED = 9146;

describe('whatever arrives', () => {
  /** Everything that a whole handshake sends, and some data. */
  const material = async () => {
    const house = await openDtlsHouse({ limits: { rate: { perSecond: 1e9, burst: 1e9 } }, forgetful: true });
    const device = await house.connected(place(7), { cid: Uint8Array.of(1, 2) });
    const plain = await house.connected(place(8), { identity: 'dev2', pieces: 64 });
    const data = Array.from({ length: 20 }, (_, at) => device.seal(text(`data ${at}`)));
    return { house, device, plain, datagrams: [...device.flights.flat(), ...plain.flights.flat(), ...data] };
  };

  it('is not thrown at: a million datagrams, changed and cut anywhere', async () => {
    const { house, device, plain, datagrams } = await material();
    const broken = createMutator(datagrams, SEED);
    let before = 0;
    for (let count = 0; count < MILLION; count += 1) {
      // A copy, since the transport may keep what came too early.
      house.arrive(place(7 + (count % 3)), Uint8Array.from(broken()));
      if (count % 10_000 === 0) await breathe();
      if (count % 100_000 === 0) house.pass(100_000);
      if (count === MILLION / 10) before = usedMemory();
    }
    expect(usedMemory() - before).toBeLessThan(64 * 1024 * 1024);
    expect(house.troubles).toEqual([]);
    // Neither of the two devices was harmed by it, but for what anybody may do who knows their last records.
    expect(house.gone).toEqual([]);
    const heard = house.heard.length;
    house.arrive(place(7), device.seal(text('unharmed')));
    house.arrive(place(8), plain.seal(text('unharmed too')));
    expect(house.heard.slice(heard).map((one) => one.text)).toEqual(['unharmed', 'unharmed too']);
  }, 180_000);

  it('is not thrown at: a handshake broken at every byte', async () => {
    const { house, datagrams } = await material();
    for (const datagram of datagrams.slice(0, 12)) {
      for (let at = 0; at < datagram.length; at += 1) {
        const broken = Buffer.from(datagram);
        broken[at] = (broken[at] ?? 0) ^ 0x81;
        house.arrive(place(at), broken);
        house.arrive(place(at), datagram.subarray(0, at));
      }
    }
    await settle();
    expect(house.gone).toEqual([]);
  });

  it('is not thrown at: frames and beginnings of TLS', () => {
    const hello = Uint8Array.of(22, 3, 3, 0, 8, 1, 0, 0, 4, 9, 9, 9, 9);
    const exchange = Uint8Array.of(22, 3, 3, 0, 8, 16, 0, 0, 4, 0, 2, 97, 98);
    const frames = Uint8Array.of(
      0x00,
      0xe1,
      0x21,
      0x01,
      0x01,
      0xb1,
      0x61,
      0xd1,
      0x00,
      0x02,
      0x07,
      ...new Uint8Array(13),
    );
    const broken = createMutator([hello, exchange, frames], SEED);
    let read = 0;
    for (let count = 0; count < MILLION; count += 1) {
      const bytes = broken();
      read += createFrameReader(1152).add(bytes)?.length ?? 0;
      if (createIdentityScanner()(bytes).found === 'identity') read += 1;
    }
    expect(read).toBeGreaterThan(0);
  });
});
