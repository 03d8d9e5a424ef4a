import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFrameReader, type Frame, frameBytes } from './frame.ts';

const frame = (length: number, token = 0): Frame => ({
  code: 0x45,
  token: new Uint8Array(token).fill(7),
  body: new Uint8Array(length).fill(9),
});

// RFC 8323 3.2: where the length takes no, one, two and four further bytes.
it.each([
  [0, '00'],
  [12, 'c0'],
  [13, 'd000'],
  [268, 'd0ff'],
  [269, 'e00000'],
  [65_804, 'e0ffff'],
  [65_805, 'f000000000'],
  [70_000, 'f000001063'],
])('writes a body of %i bytes behind %s, and reads it', (length, head) => {
  const bytes = frameBytes(frame(length));
  expect(Buffer.from(bytes.subarray(0, head.length / 2)).toString('hex')).toBe(head);
  expect(
    createFrameReader(100_000)
      .add(bytes)
      ?.map(({ body }) => body.length),
  ).toEqual([length]);
});

it('reads the same messages however the stream is cut', () => {
  const lengths = fc.array(fc.tuple(fc.nat(400), fc.nat(8)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 1, max: 300 })), (sizes, cuts) => {
      const frames = sizes.map(([length, token]) => frame(length, token));
      const stream = Buffer.concat(frames.map(frameBytes));
      const reader = createFrameReader(1152);
      const read: Frame[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        read.push(...(reader.add(stream.subarray(at, at + cut)) ?? []));
        at += cut;
      }
      const plain = (one: Frame) => [one.code, [...one.token], [...one.body]];
      expect(read.map(plain)).toEqual(frames.map(plain));
      expect(reader.isWaiting()).toBe(false);
    }),
  );
});

it('is broken for good by a message that is too large, before its bytes come', () => {
  const reader = createFrameReader(100);
  expect(reader.add(Uint8Array.of(0xf0, 255, 255, 255, 255))).toBeUndefined();
  expect(reader.add(frameBytes(frame(1)))).toBeUndefined();
});

it('is broken by a token of more than 8 bytes', () => {
  expect(createFrameReader(100).add(Uint8Array.of(0x09))).toBeUndefined();
});

it('waits for the rest of a message', () => {
  const reader = createFrameReader(100);
  expect(reader.add(frameBytes(frame(20)).subarray(0, 9))).toEqual([]);
  expect(reader.isWaiting()).toBe(true);
});
