import { randomBytes } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createFrameReader } from '../src/devices/lwm2m/stream/frame.ts';
import { createIdentityScanner } from '../src/devices/lwm2m/stream/identity-scanner.ts';
import { openDtlsHouse, place, settle } from './support/dtls-house.ts';
import { usedMemory } from './support/used-memory.ts';

const MILLION = 1_000_000;
const text = (data: string): Uint8Array => Buffer.from(data);
const seed = Number(process.env['MUSTER_FUZZ_SEED'] ?? randomBytes(4).readUInt32BE(0));

afterAll(() => {
  console.log(`numbers of this run came from the seed ${seed}`);
});

/** Small, fast and repeatable; good enough to choose what to break. */
const numbersFrom = (start: number): ((below: number) => number) => {
  let state = start >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

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
    const next = numbersFrom(seed);
    const broken = (): Uint8Array => {
      const whole = Buffer.from(datagrams[next(datagrams.length)] ?? text(''));
      for (let changes = next(4); changes >= 0; changes -= 1) whole[next(whole.length)] = next(256);
      return next(4) === 0 ? whole.subarray(0, next(whole.length + 1)) : whole;
    };
    let before = 0;
    for (let count = 0; count < MILLION; count += 1) {
      house.arrive(place(7 + next(3)), next(16) === 0 ? randomBytes(next(64)) : broken());
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
  });

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
    const next = numbersFrom(seed);
    let read = 0;
    for (let count = 0; count < 200_000; count += 1) {
      const bytes = randomBytes(next(48));
      if (next(2) === 0) bytes[0] = 22;
      read += createFrameReader(1152).add(bytes)?.length ?? 0;
      createIdentityScanner()(bytes);
    }
    expect(read).toBeGreaterThan(0);
  });
});
