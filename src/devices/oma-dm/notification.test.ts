import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fallbackNonce,
  readTrigger,
  type Trigger,
  uiModes,
  unwrapPush,
  wrapPush,
  writeTrigger,
} from './notification.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const none = new Uint8Array();

const example: Trigger = { uiMode: 'background', initiator: 'server', sessionId: 0x42, serverId: 'funambol' };
const vector = '5cc9166e4a55d16df5f942deb92469d002d800000000420866756e616d626f6c';

describe('a notification that begins a session', () => {
  it('is, byte for byte, the one of the reference', () => {
    expect(hex(writeTrigger(example, 'srvpwd', none))).toBe(vector);
  });

  it('is read with what it says, and believed by those who have the secret and the nonce', () => {
    const read = readTrigger(Buffer.from(vector, 'hex'));
    if (!read.ok) expect.fail(read.refusal.expected);
    expect(read.value.trigger).toEqual(example);
    expect(read.value.isSignedBy('srvpwd', none)).toBe(true);
    expect(read.value.isSignedBy('srvpwd', fallbackNonce)).toBe(false);
    expect(read.value.isSignedBy('other', none)).toBe(false);
  });

  it('is read as it was written, whatever it says', () => {
    const triggers = fc.record(
      {
        uiMode: fc.constantFrom(...uiModes),
        initiator: fc.constantFrom('user' as const, 'server' as const),
        sessionId: fc.integer({ min: 0, max: 0xffff }),
        serverId: fc.string({ unit: 'grapheme-ascii', maxLength: 255 }),
        vendor: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      },
      { requiredKeys: ['uiMode', 'initiator', 'sessionId', 'serverId'] },
    );
    fc.assert(
      fc.property(triggers, fc.string(), fc.uint8Array(), (trigger, password, nonce) => {
        const read = readTrigger(writeTrigger(trigger, password, nonce));
        expect(read).toMatchObject({ ok: true, value: { trigger } });
        expect(read.ok && read.value.isSignedBy(password, nonce)).toBe(true);
      }),
    );
  });

  it('is refused where it is cut, or of another version', () => {
    const whole = Buffer.from(vector, 'hex');
    for (let length = 0; length < whole.length; length += 1)
      expect(readTrigger(whole.subarray(0, length)).ok).toBe(false);
    whole[16] = 0x03;
    expect(readTrigger(whole).ok).toBe(false);
  });
});

describe('a push', () => {
  it('carries a notification after its transaction, type and headers', () => {
    const push = wrapPush(Uint8Array.of(1, 2, 3), 0x109);
    expect(hex(push)).toBe('090603c4af87010203');
    expect(unwrapPush(push)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('is none where it is of another type, or shorter than its headers', () => {
    for (const bytes of ['', '0906', '090703c4af87', '090603c4af'])
      expect(unwrapPush(Buffer.from(bytes, 'hex'))).toBeUndefined();
  });
});
