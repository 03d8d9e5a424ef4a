import { expect, it } from 'vitest';
import { createIdentityScanner, type Scanned } from './identity-scanner.ts';

const record = (type: number, ...body: readonly number[]): Uint8Array =>
  Uint8Array.of(type, 3, 3, body.length >> 8, body.length & 255, ...body);
const hello = [1, 0, 0, 4, 9, 9, 9, 9];
/** A ClientKeyExchange that names `ab`. */
const exchange = [16, 0, 0, 4, 0, 2, 97, 98];

const scanAll = (...chunks: readonly Uint8Array[]): readonly Scanned[] => {
  const scan = createIdentityScanner();
  return chunks.map(scan);
};

it('finds the identity in the chunk that completes it, wherever records and chunks are cut', () => {
  const streams = [
    Buffer.concat([record(22, ...hello), record(22, ...exchange)]),
    record(22, ...hello, ...exchange),
    Buffer.concat([...hello, ...exchange].map((byte) => record(22, byte))),
  ];
  for (const stream of streams) {
    const found = scanAll(...[...stream].map((byte) => Uint8Array.of(byte)));
    expect(found.at(-1)).toEqual({ found: 'identity', identity: 'ab' });
    expect(found.slice(0, -1).every((one) => one.found === 'nothing-yet')).toBe(true);
    expect(scanAll(stream)).toEqual([{ found: 'identity', identity: 'ab' }]);
  }
});

it('finds none in a malformed message, and looks no further', () => {
  const long = [16, 0, 0, 4, 0, 9, 97, 98];
  const after = record(22, ...exchange);
  expect(scanAll(record(22, ...hello, ...long), after)).toEqual([
    { found: 'identity', identity: undefined },
    { found: 'end' },
  ]);
});

it('ends at the first record that is no handshake', () => {
  const [ended] = scanAll(record(20, 1));
  expect(ended).toEqual({ found: 'end' });
});

it('keeps a bounded number of bytes', () => {
  const endless = Uint8Array.of(22, 3, 3, 0xff, 0xff);
  const found = scanAll(endless, new Uint8Array(4000), new Uint8Array(5000), new Uint8Array(9));
  expect(found.map((one) => one.found)).toEqual(['nothing-yet', 'nothing-yet', 'end', 'end']);
});
