import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fakeTransport, written } from '../../../../test/support/coap-wire.ts';
import { encodeBlock } from './block.ts';
import { createCoapServer } from './coap-server.ts';
import { decodeBody, decodeDatagram, encodeBody, encodeDatagram } from './codec.ts';
import { option, uint } from './message.ts';

const INPUTS = 1_000_000;
const PIECE = 20_000;

const numbers = (seed: number): (() => number) => {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
};

const valid: readonly Uint8Array[] = [
  written({
    type: 'con',
    id: 1,
    code: '0.02',
    token: 'abcd',
    path: ['rd'],
    options: [
      { number: option.contentFormat, value: uint(40) },
      { number: option.uriQuery, value: Buffer.from('ep=urn:imei:351756051523999') },
      { number: option.uriQuery, value: Buffer.from('lt=60') },
    ],
    payload: '</1/0>,</3/0>,</5/0>',
  }),
  written({
    type: 'con',
    id: 2,
    code: '0.02',
    token: 'ef',
    path: ['rd'],
    options: [{ number: option.block1, value: encodeBlock({ num: 0, more: true, szx: 0 }) }],
    payload: '0123456789abcdef',
  }),
  written({
    type: 'non',
    id: 3,
    code: '0.01',
    token: 'g',
    path: ['f'],
    options: [{ number: option.block2, value: encodeBlock({ num: 3, more: false, szx: 2 }) }],
  }),
  written({
    type: 'con',
    id: 4,
    code: '2.05',
    token: 'watching',
    options: [{ number: option.observe, value: uint(9) }],
    payload: '1',
  }),
  written({ type: 'ack', id: 5, code: '2.31', token: 'x' }),
  written({ type: 'rst', id: 6 }),
];

const noise = (length: number, chance: () => number): Uint8Array => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = chance() & 255;
  return bytes;
};

/** Wholly random, or a good one that was cut, grown or altered. */
const input = (chance: () => number): Uint8Array => {
  const choice = chance() % 8;
  if (choice === 0) return noise(chance() % 80, chance);
  const bytes = Buffer.from(valid[chance() % valid.length] ?? []);
  const flips = chance() % 4;
  for (let flip = 0; flip < flips; flip += 1) bytes[chance() % bytes.length] = chance() & 255;
  // Another message id nearly always, so that it is no copy.
  bytes[2] = chance() & 255;
  bytes[3] = chance() & 255;
  return choice === 1 ? bytes.subarray(0, chance() % bytes.length) : bytes;
};

const heapAfterCollection = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

describe('datagrams of any content', () => {
  it('never throw, never make memory grow, and are never answered with more bytes', {
    timeout: 120_000,
  }, async () => {
    const chance = numbers(42);
    let outgoing = 0;
    const wire = fakeTransport((_key, bytes) => {
      outgoing += bytes.length;
    });
    let now = 0;
    const server = createCoapServer({
      transport: wire.transport,
      clock: () => now,
      later: () => () => undefined,
      random: (bytes) => noise(bytes, chance),
      limits: { peers: 2000 },
    });
    let gone = 0;
    await server.listen({
      request: async () => ({ code: '4.04', payload: new Uint8Array(0) }),
      knows: (_peer, token) => Buffer.from(token).toString() === 'watching',
      notified: () => undefined,
      gone: () => {
        gone += 1;
      },
    });
    const heaps: number[] = [];
    for (let at = 0; at < INPUTS; at += PIECE) {
      for (let one = 0; one < PIECE; one += 1) {
        const bytes = input(chance);
        const before = outgoing;
        wire.deliver(`p${chance() % 50_000}`, bytes);
        if (outgoing - before > bytes.length) throw new Error(Buffer.from(bytes).toString('hex'));
        now += 1;
        if (one % 64 === 0) await turn();
      }
      heaps.push(heapAfterCollection());
    }
    expect(outgoing).toBeGreaterThan(0);
    expect(gone).toBe(0);
    const half = heaps.slice(0, heaps.length / 2);
    const growth = Math.max(...heaps.slice(heaps.length / 2)) - Math.max(...half);
    expect(growth).toBeLessThan(24 * 2 ** 20);
    await server.close();
  });
});

describe('the codec', () => {
  it('writes what it reads, over datagrams and streams alike', () => {
    for (const bytes of valid) {
      const decoded = decodeDatagram(bytes);
      if (!decoded.ok) throw new Error('a valid one');
      const { type, id, message } = decoded.datagram;
      if (message === undefined) continue;
      expect(encodeDatagram(type, id, message)).toEqual(bytes);
      const { code, token } = message;
      expect(decodeBody(code, token, encodeBody(message))).toEqual(message);
    }
  });

  it('writes options of every size of number and length', () => {
    const sizes = [0, 12, 13, 14, 268, 269, 270, 1000];
    for (const number of [1, 12, 13, 14, 268, 269, 270, 2053, 65_000]) {
      for (const length of sizes) {
        const options = [{ number, value: Buffer.alloc(length, 7) }];
        const message = { code: 1, token: Buffer.from('t'), options, payload: Buffer.from('p') };
        const decoded = decodeDatagram(encodeDatagram('con', 9, message));
        expect(decoded).toEqual({ ok: true, datagram: { type: 'con', id: 9, message } });
      }
    }
  });
});
