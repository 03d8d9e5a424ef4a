import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../domain/time.ts';
import { readTrigger, unwrapPush } from './notification.ts';
import { afterTrigger, RESEND, triggerDue, triggerPush, VALID } from './trigger.ts';

const at = 1_000_000;
const server = { id: 'muster', password: 'the-password-of-the-server' };

describe('when a trigger is due', () => {
  it('is at once, then with the nonce that every client takes, then when it is no longer valid', () => {
    expect(triggerDue(null, at)).toBe('own');
    const first = afterTrigger(null, 'own', 7, at);
    expect(triggerDue(first, at + RESEND - 1)).toBeUndefined();
    expect(triggerDue(first, at + RESEND)).toBe('fallback');
    const second = afterTrigger(first, 'fallback', 9, at + RESEND);
    expect(second.sessionId).toBe(7);
    expect(triggerDue(second, at + HOUR)).toBeUndefined();
    expect(triggerDue(second, at + VALID)).toBe('own');
    expect(afterTrigger(second, 'own', 9, at + VALID)).toMatchObject({ sessionId: 9, count: 1 });
    expect(RESEND).toBe(10 * MINUTE);
  });

  it.each(['own', 'fallback'] as const)('is signed under the nonce that is meant: %s', (which) => {
    const nonce = new TextEncoder().encode('nonce of theirs');
    const trigger = unwrapPush(triggerPush(server, 0x1234, nonce, which)) ?? new Uint8Array();
    const read = readTrigger(trigger);
    expect(read.ok && read.value.trigger).toMatchObject({ sessionId: 0x1234, serverId: 'muster' });
    const under = which === 'own' ? nonce : new Uint8Array(4);
    expect(read.ok && read.value.isSignedBy(server.password, under)).toBe(true);
    expect(read.ok && read.value.isSignedBy('another', under)).toBe(false);
  });
});
