import { describe, expect, it } from 'vitest';
import { createSealing, readSecretsKey } from './sealing.ts';

const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const [one, two] = [createSealing([keyOf(1)]), createSealing([keyOf(2)])];

describe('what is sealed', () => {
  it.each(['', 'correct horse', 'ключ 🔑'])('opens to the same text: %j', (text) => {
    expect(one.open(one.seal(text, 'device 7'), 'device 7')).toBe(text);
  });

  it('does not show the text, and is another one each time', () => {
    const sealed = [one.seal('correct horse', 'a'), one.seal('correct horse', 'a')];
    expect(new Set(sealed).size).toBe(2);
    for (const text of sealed) {
      expect(text).toMatch(/^[\w-]{8}\.[\w-]+$/);
      expect(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain('horse');
    }
  });

  it('opens only for what it is about', () => {
    const sealed = one.seal('secret', 'device 7');
    for (const about of ['device 8', '', 'device 7 ']) expect(one.open(sealed, about)).toBeUndefined();
  });

  it('opens under no other key', () => {
    expect(two.open(one.seal('secret', ''), '')).toBeUndefined();
  });

  it('does not open once a bit of it is other, or something is cut off', () => {
    const sealed = one.seal('secret', 'a');
    const [id = '', text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(one.open(`${id}.${altered.toString('base64url')}`, 'a')).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length += 1)
      expect(one.open(`${id}.${bytes.subarray(0, length).toString('base64url')}`, 'a')).toBeUndefined();
    for (const other of ['', '.', text, `${id}`, `x${id}.${text}`])
      expect(one.open(other, 'a')).toBeUndefined();
  });

  it('under an older key opens while that is still listed', () => {
    const sealed = one.seal('secret', 'a');
    const rotated = createSealing([keyOf(2), keyOf(1)]);
    expect(rotated.open(sealed, 'a')).toBe('secret');
    const renewed = rotated.seal('secret', 'a');
    expect(two.open(renewed, 'a')).toBe('secret');
    expect(one.open(renewed, 'a')).toBeUndefined();
  });
});

describe('a derived key', () => {
  it('is the same in every process, and other for each purpose and key', () => {
    const again = createSealing([keyOf(1), keyOf(2)]);
    expect(again.derive('download')).toBe(one.derive('download'));
    const keys = [one.derive('download'), one.derive('sessions'), two.derive('download')];
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(Buffer.from(key, 'base64')).toHaveLength(32);
  });
});

describe('a key as text', () => {
  it('is the base64 of 32 bytes', () => {
    expect(readSecretsKey(` ${Buffer.from(keyOf(9)).toString('base64')}\n`)).toEqual(keyOf(9));
  });

  it.each([
    ['nothing', ''],
    ['too short', Buffer.alloc(31).toString('base64')],
    ['too long', Buffer.alloc(33).toString('base64')],
    ['hex', '07'.repeat(32)],
    ['a stray character', `!${'A'.repeat(42)}=`],
    ['a padding too few', 'A'.repeat(43)],
  ])('is nothing else: %s', (_, text) => {
    expect(readSecretsKey(text)).toBeUndefined();
  });
});
