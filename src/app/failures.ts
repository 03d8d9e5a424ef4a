import { isFailure } from '../domain/outcome.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { readWhole } from './slice-through.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** A campaign with the number of its devices that failed for the same reason. */
export type FailedIn = { readonly id: string; readonly name: string; readonly count: number };

/** Why devices failed in all campaigns that are under way, the most frequent first. */
export type Failures = {
  readonly at: Instant;
  readonly reasons: readonly {
    readonly outcome: Outcome;
    readonly reason: Reason;
    readonly count: number;
    /** Those with the most of it first, and only so many. */
    readonly campaigns: readonly FailedIn[];
  }[];
};

const MOST_CAMPAIGNS = 10;
/** Only the counts by outcome and reason are wanted, so one stretch is enough. */
const ONE_STRETCH = Number.MAX_SAFE_INTEGER;

const underWay = {
  ...{ text: '', description: '', ids: [], packageIds: [], createdFrom: 0 },
  statuses: ['running', 'paused', 'stopped'],
} as const;

type Failed = FailedIn & { readonly outcome: Outcome; readonly reason: Reason };

const failedIn = async (
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  { key, id, plan: { name } }: StoredCampaign,
): Promise<readonly Failed[]> => {
  const { closed } = await store.campaigns.counts(account.key, key);
  if ((closed.failed ?? 0) + (closed['timed-out'] ?? 0) + (closed.rejected ?? 0) === 0) return [];
  const ends = await store.updates.ends(account.key, key, ONE_STRETCH);
  return ends
    .filter(({ outcome, reason }) => isFailure(outcome, reason))
    .map(({ outcome, reason, count }) => ({ id, name, outcome, reason, count }));
};

const sum = (all: readonly { readonly count: number }[]): number =>
  all.reduce((total, { count }) => total + count, 0);

const take = async (deps: Deps, caller: Pick<Caller, 'account'>): Promise<Failures> => {
  const at = deps.clock();
  const { key } = caller.account;
  const failed: Failed[] = [];
  for (const campaign of await readWhole((page) => deps.store.campaigns.list(key, underWay, page))) {
    failed.push(...(await failedIn(deps, caller, campaign)));
  }
  const alike = Map.groupBy(failed, ({ outcome, reason }) => `${outcome} ${reason}`);
  const reasons = [...alike.values()].flatMap((all) =>
    all.slice(0, 1).map(({ outcome, reason }) => ({
      ...{ outcome, reason, count: sum(all) },
      campaigns: all
        .toSorted((a, b) => b.count - a.count)
        .slice(0, MOST_CAMPAIGNS)
        .map(({ id, name, count }) => ({ id, name, count })),
    })),
  );
  return { at, reasons: reasons.sort((a, b) => b.count - a.count) };
};

/** Counts them for the caller's account; what takes long is kept a while. */
export const newFailures = (deps: Deps) => {
  const keep = keepAWhile<Failures>(deps.clock);
  return (caller: Pick<Caller, 'account'>): Promise<Failures> =>
    keep(`${caller.account.key}`, () => take(deps, caller));
};
