import type { AccountKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { event, save } from './change.ts';
import type { StoredDestination } from './delivery-records.ts';
import type { Store } from './ports.ts';
import type { Verdict } from './verdict.ts';

type Outcome = Verdict['outcome'];

/**
 * A destination after one more attempt, the same object where nothing changes. It is disabled when it says that it
 * is gone, and when for as long as its retries last no attempt has succeeded.
 */
export const healthAfter = (
  destination: StoredDestination,
  outcome: Outcome,
  at: Instant,
): StoredDestination => {
  const { failingSince, retry } = destination;
  if (outcome === 'delivered') {
    return failingSince === null ? destination : { ...destination, failingSince: null };
  }
  if (destination.disabled !== null) return destination;
  const since = failingSince ?? at;
  const because = whyDisabled(outcome, since, at, retry.within);
  if (because !== undefined) return { ...destination, failingSince: since, disabled: { at, because } };
  return failingSince === null ? { ...destination, failingSince: since } : destination;
};

const whyDisabled = (outcome: Outcome, since: Instant, at: Instant, within: number): string | undefined => {
  if (outcome === 'gone') return 'it answered 410 Gone';
  return at - since >= within ? `every attempt has failed since ${new Date(since).toISOString()}` : undefined;
};

/** Keeps with a destination what came of an attempt; with an event when that disables it. */
export const noteHealth = (
  { store }: { readonly store: Store },
  at: { readonly account: AccountKey; readonly destinationId: string },
  outcome: Outcome,
  now: Instant,
): Promise<Result<undefined, Refusal>> => {
  const { account, destinationId: id } = at;
  return save(store, { entity: 'destination', id }, async () => {
    const was = await store.destinations.find(account, id);
    const value = was && healthAfter(was, outcome, now);
    if (was === undefined || value === undefined || value === was) {
      return ok({ change: { account, writes: [], events: [] }, value: undefined });
    }
    const because = was.disabled === null ? value.disabled?.because : undefined;
    const told =
      because === undefined
        ? []
        : [event({ type: 'destination-disabled', id, because }, { actor: { kind: 'server' }, at: now })];
    return ok({
      change: { account, writes: [{ save: 'destination', was, value }], events: told },
      value: undefined,
    });
  });
};
