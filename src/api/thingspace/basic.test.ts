import { describe, expect, it } from 'vitest';
import { basicCredentials } from './basic.ts';

const header = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;

describe('Basic credentials', () => {
  it.each([
    ['key:secret', 'key', 'secret'],
    ['key:', 'key', ''],
    [':secret', '', 'secret'],
    ['key:a:b', 'key', 'a:b'],
    ['müller@example.com:pässword', 'müller@example.com', 'pässword'],
  ])('are read from %j', (text, key, secret) => {
    expect(basicCredentials(header(text))).toEqual({ key, secret });
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Bearer abc',
    header('nocolon'),
    'Basic ???',
    header('k\xff:s', 'latin1'),
  ])('are none in %j', (text) => {
    expect(basicCredentials(text)).toBeUndefined();
  });
});
