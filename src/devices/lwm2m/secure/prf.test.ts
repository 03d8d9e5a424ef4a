import { expect, it } from 'vitest';
import { premasterOf, prf } from './prf.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('gives the 100 bytes of the known vector for SHA-256', () => {
  const secret = hex('9b be 43 6b a9 40 f0 17 b1 76 52 84 9a 71 db 35');
  const seed = hex('a0 ba 9f 93 6c da 31 18 27 a6 f7 96 ff d5 19 8c');
  const expected =
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af' +
    '0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
    '87347b66';
  expect(text(prf(secret, 'test label', seed, 100))).toBe(expected);
});

it('puts as many zeros before a pre-shared key as it is long', () => {
  expect(text(premasterOf(hex('0a0b0c')))).toBe('000300000000030a0b0c');
});
