import { MINUTE } from '../domain/time.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredEvent } from './records.ts';

/** Hands events on to whoever follows them. Throwing leaves them in the outbox, to be handed on again. */
export type Publish = (events: readonly StoredEvent[]) => Promise<void>;

const BATCH = 500;
const LEASE = MINUTE;

/**
 * Hands the oldest events of the outbox on, in order per account, at least once. Answers whether there are likely
 * more. Where nobody follows them, they leave it unread.
 */
export const publishNext = async (
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  publish: Publish | undefined,
): Promise<boolean> => {
  if (publish === undefined) {
    await store.outbox.clear();
    return false;
  }
  const now = clock();
  const events = await store.outbox.claim(now, now + LEASE, BATCH);
  if (events.length === 0) return false;
  await publish(events);
  await store.outbox.done(events);
  return true;
};
