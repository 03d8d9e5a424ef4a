import { describe, expect, it } from 'vitest';
import {
  basicCredential,
  isSame,
  macOf,
  md5Credential,
  readMacHeader,
  schemeOf,
  writeMacHeader,
} from './digest.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const bruce = { user: 'Bruce2', password: 'OhBehave' };
const server = { user: 'funambol', password: 'srvpwd' };

describe('credentials of SyncML', () => {
  it('with MD5 are those of the specification', () => {
    expect(md5Credential(bruce, bytes('Nonce'))).toBe('Zz6EivR3yeaaENcRN6lpAQ==');
  });

  it('with MD5 over an empty nonce are those that a stock client took', () => {
    expect(md5Credential(server, new Uint8Array())).toBe('Lx7CSZp0iHRedCEbryGJuw==');
  });

  it('with MD5 are over the bytes of a nonce, which need not be text', () => {
    const nonce = Uint8Array.of(0xff, 0, 0x3a);
    expect(md5Credential(bruce, nonce)).not.toBe(md5Credential(bruce, bytes('\uFFFD\0:')));
  });

  it('are user and password in base64 where they are basic', () => {
    expect(basicCredential({ user: 'funambol', password: 'funambol' })).toBe('ZnVuYW1ib2w6ZnVuYW1ib2w=');
  });

  it('differ with each byte of a body where they are a MAC', () => {
    const [one, other] = ['<SyncML/>', '<SyncML />'].map((body) => macOf(bruce, bytes('n'), bytes(body)));
    expect(one).toMatch(/^[\w+/]{22}==$/);
    expect(one).not.toBe(other);
  });

  it('are the same only where every character is', () => {
    expect(isSame('Zz6EivR3yeaaENcRN6lpAQ==', 'Zz6EivR3yeaaENcRN6lpAQ==')).toBe(true);
    expect(isSame('Zz6EivR3yeaaENcRN6lpAQ==', 'Zz6EivR3yeaaENcRN6lpAQ')).toBe(false);
    expect(isSame('', '')).toBe(true);
  });

  it('name their scheme in any case', () => {
    expect(schemeOf('syncml:auth-MAC')).toBe('hmac');
    expect(schemeOf('syncml:auth-mac')).toBe('hmac');
    expect(schemeOf(' syncml:auth-MD5')).toBe('md5');
    expect(schemeOf('syncml:auth-basic')).toBe('basic');
    expect(schemeOf('syncml:auth-X509')).toBeUndefined();
  });
});

describe('the header with a MAC', () => {
  const mac = 'NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk=';

  it('is read as it is written', () => {
    for (const user of ['Robert Jordan', 'a "quoted" \\ one', 'with, comma', ''])
      expect(readMacHeader(writeMacHeader({ user, mac }))).toEqual({ user, mac });
  });

  it.each([
    `algorithm=MD5, username="Robert Jordan", mac=${mac}`,
    `username="Robert Jordan",mac="${mac}",algorithm=md5`,
    ` username="Robert Jordan" ,  mac=${mac} `,
  ])('is read whatever its order and spaces: %s', (header) => {
    expect(readMacHeader(header)).toEqual({ user: 'Robert Jordan', mac });
  });

  it('is read with base64 that was not filled up', () => {
    expect(readMacHeader(`username="a", mac=${mac.slice(0, -1)}`)?.mac).toBe(mac);
  });

  it.each([
    ['nothing', ''],
    ['no name', `algorithm=MD5, mac=${mac}`],
    ['no MAC', 'algorithm=MD5, username="a"'],
    ['another algorithm', `algorithm=SHA256, username="a", mac=${mac}`],
    ['a name twice', `username="a", username="b", mac=${mac}`],
    ['an open quote', `username="a, mac=${mac}`],
    ['too many characters', `username="${'a'.repeat(2_000)}", mac=${mac}`],
  ])('is none where it has %s', (_, header) => {
    expect(readMacHeader(header)).toBeUndefined();
  });
});
