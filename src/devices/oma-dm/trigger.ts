import { HOUR, type Instant, MINUTE } from '../../domain/time.ts';
import { fallbackNonce, wrapPush, writeTrigger } from './notification.ts';
import type { Triggered } from './record.ts';

/** How long a trigger may take to arrive; then it is sent anew, until the device appears (B1.9). */
export const VALID = 4 * HOUR;
/** The nonce that is known may be stale: after so long without a session, the one that each client takes too. */
export const RESEND = 10 * MINUTE;

/** With which nonce a trigger is due: that of the device, the one that every client takes, or none is. */
export const triggerDue = (triggered: Triggered | null, now: Instant): 'own' | 'fallback' | undefined => {
  if (triggered === null || now - triggered.first >= VALID) return 'own';
  return triggered.count === 1 && now - triggered.last >= RESEND ? 'fallback' : undefined;
};

/** What is remembered of a trigger that is about to be sent. */
export const afterTrigger = (
  triggered: Triggered | null,
  which: 'own' | 'fallback',
  sessionId: number,
  now: Instant,
): Triggered =>
  which === 'fallback' && triggered !== null
    ? { ...triggered, last: now, count: triggered.count + 1 }
    : { sessionId, first: now, last: now, count: 1 };

/** The datagram that asks a device to begin a session, for port 2948. */
export const triggerPush = (
  server: { readonly id: string; readonly password: string },
  sessionId: number,
  nonce: Uint8Array,
  which: 'own' | 'fallback',
): Uint8Array => {
  const trigger = { uiMode: 'background', initiator: 'server', sessionId, serverId: server.id } as const;
  const signed = writeTrigger(trigger, server.password, which === 'own' ? nonce : fallbackNonce);
  return wrapPush(signed, sessionId);
};
