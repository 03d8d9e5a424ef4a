import { describe, expect, it } from 'vitest';
import { type Account, accountWrites, freeInstance } from './bootstrap-account.ts';
import { booleanAt, bytesAt, type Content, decodeContent, integerAt, textAt } from './codecs/content.ts';
import { decodeLinks } from './codecs/link-format.ts';

const account: Account = {
  uri: 'coaps+tcp://muster.example:5684',
  scheme: 'coaps+tcp',
  identity: 'DEFAULT:d1:abc',
  key: Uint8Array.of(0, 1, 2, 255),
};

const readBack = (format: string | undefined): Content => {
  const all = new Map();
  for (const { path, contentFormat, payload } of accountWrites(account, 3, format)) {
    const read = decodeContent(contentFormat, payload, `/${path.join('/')}`);
    if (!read.ok) throw new Error(read.refusal.code);
    for (const [name, value] of read.value) all.set(name, value);
  }
  return all;
};

describe('the account that a device is written', () => {
  it.each([
    [undefined, 11_542],
    ['112', 112],
    ['60', 11_542],
  ])('where it prefers %s is in format %i, and says the same', (preferred, format) => {
    const formats = accountWrites(account, 3, preferred).map(({ contentFormat }) => contentFormat);
    expect(formats).toEqual([format, format]);
    const read = readBack(preferred);
    expect(textAt(read, '/0/3/0')).toBe(account.uri);
    expect([booleanAt(read, '/0/3/1'), integerAt(read, '/0/3/2')]).toEqual([false, 0]);
    expect(Buffer.from(bytesAt(read, '/0/3/3') ?? []).toString()).toBe(account.identity);
    expect([...(bytesAt(read, '/0/3/5') ?? [])]).toEqual([...account.key]);
    expect(integerAt(read, '/0/3/10')).toBe(integerAt(read, '/1/0/0'));
    expect([integerAt(read, '/1/0/1'), textAt(read, '/1/0/7')]).toEqual([86_400, 'T']);
  });

  it.each([
    ['', 1],
    ['</0/0>,</0/1>;ssid=7', 1],
    ['</0/1>,</0/0>;ssid=7', 0],
    ['</0/0>,</0/1>,</1/0>;ssid=7', 2],
    ['</0>;ver=1.1,</3/0>', 1],
  ])('beside %s goes to instance %i of the Security object', (list, instance) => {
    const links = decodeLinks(Buffer.from(list));
    expect(freeInstance(links.ok ? links.value : [])).toBe(instance);
  });
});
