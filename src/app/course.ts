import { startOf } from '../domain/campaign.ts';
import { isFailure } from '../domain/outcome.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../domain/time.ts';
import type { Outcome, Reason } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { EndsCensus } from './census-ports.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** How many updates of a campaign ended in a stretch of time that begins at `from`. */
export type Stretch = {
  readonly from: Instant;
  readonly succeeded: number;
  readonly failed: number;
  readonly other: number;
};

/** How a campaign has gone so far: when its updates ended, and why those did that did not succeed. */
export type Course = {
  readonly at: Instant;
  readonly startedAt: Instant | null;
  /** How long a stretch is, in milliseconds. */
  readonly every: number;
  /** In order; those in which nothing ended are left out. */
  readonly stretches: readonly Stretch[];
  /** The most frequent first. */
  readonly reasons: readonly { readonly outcome: Outcome; readonly reason: Reason; readonly count: number }[];
};

const lengths = [
  ...[SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE],
  ...[HOUR, 3 * HOUR, 12 * HOUR, DAY, 7 * DAY],
] as const;
const MOST_STRETCHES = 240;

const lengthFor = (lasted: number): number =>
  lengths.find((length) => lasted / length <= MOST_STRETCHES) ?? 7 * DAY;

const stretchOf = (from: Instant, ends: EndsCensus): Stretch => {
  const of = (isCounted: (end: EndsCensus[number]) => boolean): number =>
    ends.filter(isCounted).reduce((sum, { count }) => sum + count, 0);
  const succeeded = of(({ outcome }) => outcome === 'succeeded');
  const failed = of(({ outcome, reason }) => isFailure(outcome, reason));
  return { from, succeeded, failed, other: of(() => true) - succeeded - failed };
};

const reasonsOf = (ends: EndsCensus): Course['reasons'] =>
  [
    ...Map.groupBy(
      ends.filter(({ outcome }) => outcome !== 'succeeded'),
      ({ outcome, reason }) => `${outcome} ${reason}`,
    ).values(),
  ]
    .flatMap((alike) =>
      alike.slice(0, 1).map(({ outcome, reason }) => ({
        ...{ outcome, reason },
        count: alike.reduce((sum, { count }) => sum + count, 0),
      })),
    )
    .sort((a, b) => b.count - a.count);

const endOf = (campaign: StoredCampaign): Instant | null => ('endedAt' in campaign ? campaign.endedAt : null);

const take = async ({ store, clock }: Deps, campaign: StoredCampaign, caller: Caller): Promise<Course> => {
  const at = clock();
  const startedAt = startOf(campaign);
  const every = lengthFor((endOf(campaign) ?? at) - (startedAt ?? campaign.createdAt));
  const ends = await store.updates.ends(caller.account.key, campaign.key, every);
  const stretches = [...Map.groupBy(ends, ({ from }) => from)]
    .map(([from, alike]) => stretchOf(from, alike))
    .sort((a, b) => a.from - b.from);
  return { at, startedAt, every, stretches, reasons: reasonsOf(ends) };
};

/**
 * Counts from the updates as they are: one that begins again counts where it ends the last time. What takes long is kept a
 * while.
 */
export const newCourses = (deps: Deps) => {
  const keep = keepAWhile<Course>(deps.clock);
  return async (caller: Caller, id: string): Promise<Result<Course, Refusal>> => {
    const found = await getCampaign(deps, caller, id);
    if (!found.ok) return found;
    const { value: campaign } = found;
    return ok(await keep(`${caller.account.key} ${campaign.key}`, () => take(deps, campaign, caller)));
  };
};
