import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeTransport, listening } from '../../../../test/support/coap-wire.ts';
import { fakeScheduler } from '../../../../test/support/scheduler.ts';
import type { BlockSource, CoapPeer, Exchange } from './peer.ts';

const MIB = 2 ** 20;

/** The same numbers for the same seed: xorshift. */
const numbers = (seed: number): (() => number) => {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

type Road = { readonly loss: number; readonly copies: number; readonly seed: number };

/** Two servers on the two ends of a bad road: datagrams are lost, come twice, and overtake each other. */
const bothEnds = async ({ loss, copies, seed }: Road) => {
  const time = fakeScheduler();
  const chance = numbers(seed);
  let ends: { readonly server: FakeTransport; readonly device: FakeTransport } | undefined;
  const carry = (to: 'server' | 'device', bytes: Uint8Array): void => {
    const times = chance() < copies ? 2 : 1;
    for (let copy = 0; copy < times; copy += 1) {
      if (chance() < loss) continue;
      time.later(() => ends?.[to].deliver(to === 'device' ? 'server' : 'device', bytes), 5 + chance() * 500);
    }
  };
  const received: Uint8Array[] = [];
  const server = await listening({ time, sent: (_key, bytes) => carry('device', bytes) });
  const device = await listening({
    time,
    limits: { request: 2 * MIB },
    sent: (_key, bytes) => carry('server', bytes),
    answer: async (_peer, { payload }) => {
      received.push(payload);
      return { code: '2.04', payload: new Uint8Array(0) };
    },
  });
  ends = { server, device };
  return { time, peer: server.peerOf('device'), received };
};

/** Goes on where a transfer broke off, as a campaign does at the next sign of life. */
const pushUntilDone = async (peer: CoapPeer, payload: BlockSource, tries: number): Promise<Exchange> => {
  let last: Exchange = { ok: false, why: 'timeout', offset: 0 };
  for (let attempt = 0; attempt < tries && !last.ok; attempt += 1) {
    last = await peer.request({
      method: 'PUT',
      path: ['5', '0', '0'],
      payload,
      from: last.ok ? 0 : last.offset,
    });
  }
  return last;
};

const road = fc.record({
  loss: fc.constantFrom(0, 0.1, 0.2),
  copies: fc.constantFrom(0, 0.3),
  seed: fc.integer({ min: 1 }),
});

describe('a transfer over a road that loses, repeats and reorders', () => {
  const arrives = async (size: number, { loss, copies, seed }: Road, bound: number): Promise<void> => {
    const { time, peer, received } = await bothEnds({ loss, copies, seed });
    const chance = numbers(seed + 1);
    const bytes = Uint8Array.from({ length: size }, () => chance() * 256);
    const source: BlockSource = {
      size,
      read: async (offset, length) => bytes.subarray(offset, offset + length),
    };
    let answer: Exchange | undefined;
    const pushed = pushUntilDone(peer, source, 100).then((last) => {
      answer = last;
    });
    while (answer === undefined && time.elapsed() < bound) await time.pass(10_000);
    await Promise.race([pushed, time.pass(0)]);
    expect(answer).toMatchObject({ ok: true, response: { code: '2.04' } });
    expect(Buffer.compare(received.at(-1) ?? new Uint8Array(0), bytes)).toBe(0);
  };

  it('brings 1 MiB whole through a loss of 20 % within two simulated hours', {
    timeout: 30_000,
  }, async () => {
    await arrives(MIB, { loss: 0.2, copies: 0.1, seed: 7 }, 7_200_000);
  });

  it('brings any size whole, whatever the road', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40_000 }), road, (size, how) =>
        arrives(size, how, 3_600_000),
      ),
      { numRuns: 25 },
    );
  });
});
