import type { AccountKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import type { DeviceCensus, FleetPoint } from './census-ports.ts';
import { ages } from './fleet-census.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Pick<Store, 'accounts' | 'devices' | 'fleetHistory'>; readonly clock: Clock };

/** So many versions are told apart. */
const MOST_VERSIONS = 24;
/** Older points are thinned to one a day. */
const FINE_FOR = 30 * DAY;

const sum = (census: DeviceCensus): number => census.reduce((total, { count }) => total + count, 0);

/** The most frequent first; of the same frequency by name, so that what stays the same looks the same. */
const ranked = <Name extends string>(census: DeviceCensus, nameOf: (kind: DeviceCensus[number]) => Name) =>
  [...Map.groupBy(census, nameOf)]
    .map(([name, kinds]) => ({ name, count: sum(kinds) }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));

const pointOf = (at: Instant, census: DeviceCensus): FleetPoint => {
  const versions = ranked(census, ({ version }) => version);
  const seen = (place: number): number => sum(census.filter((kind) => kind.seen === place));
  return {
    at,
    devices: sum(census),
    versions: versions.slice(0, MOST_VERSIONS).map(({ name, count }) => ({ version: name, count })),
    otherVersions: versions.slice(MOST_VERSIONS).reduce((total, { count }) => total + count, 0),
    protocols: ranked(census, ({ protocol }) => protocol).map(({ name, count }) => ({
      protocol: name,
      count,
    })),
    seen: {
      ...{ hour: seen(0), day: seen(1), week: seen(2), month: seen(3) },
      ...{ earlier: seen(4), never: seen(5) },
    },
  };
};

const isSame = (a: FleetPoint, b: FleetPoint): boolean =>
  JSON.stringify({ ...a, at: 0 }) === JSON.stringify({ ...b, at: 0 });

/** Counts the devices of an account unless that was done in this hour, and writes what has changed since the last time. */
const note = async ({ store, clock }: Deps, account: AccountKey): Promise<void> => {
  const now = clock();
  const at = now - (now % HOUR);
  const last = (await store.fleetHistory.list(account, at, at + 1)).at(-1);
  if (last?.at === at) return;
  const census = await store.devices.census(
    account,
    ages.map((age) => now - age),
  );
  const point = pointOf(at, census);
  const isNews = last === undefined ? point.devices > 0 : !isSame(last, point);
  // Of several servers that count in the same hour the first one writes.
  if (isNews) await store.fleetHistory.add(account, point);
  await store.fleetHistory.thin(account, now - FINE_FOR);
};

/**
 * Notes once an hour what the devices of every account are, one account at each call; answers whether there are more. An
 * account without devices has no history before its first.
 */
export const createFleetNotes = (deps: Deps): (() => Promise<boolean>) => {
  let after = 0;
  let done = -1;
  return async () => {
    const hour = Math.floor(deps.clock() / HOUR);
    if (hour === done) return false;
    const { items, next } = await deps.store.accounts.list({ after, limit: 1 });
    const [account] = items;
    if (account !== undefined) await note(deps, account.key);
    after = next ?? 0;
    if (next === null) done = hour;
    return next !== null;
  };
};

/** From `since` on and before `until`; what is not given is a month, and now. */
export type Stretch = { readonly since?: Instant | undefined; readonly until?: Instant | undefined };

const steps = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY] as const;
const MOST_POINTS = 400;

/** The last of each step, so that there are few however long the stretch. */
const thinned = (points: readonly FleetPoint[], lasts: number): readonly FleetPoint[] => {
  const step = steps.find((one) => lasts / one <= MOST_POINTS) ?? Math.ceil(lasts / MOST_POINTS);
  const [held, ...rest] = points;
  const kept = Map.groupBy(rest, ({ at }) => Math.floor(at / step)).values();
  return [...(held === undefined ? [] : [held]), ...[...kept].flatMap((group) => group.slice(-1))];
};

/**
 * What the devices of the caller's account were, in order; each holds until the next, and the first may be older than
 * the stretch.
 */
export const fleetHistory = async (
  { store, clock }: Deps,
  { account }: Pick<Caller, 'account'>,
  { since: from, until: to }: Stretch,
): Promise<Result<readonly FleetPoint[], Refusal>> => {
  const until = to ?? clock();
  const since = from ?? until - FINE_FOR;
  if (since >= until) {
    const got = new Date(since).toISOString();
    return refused({ code: 'invalid', field: 'since', expected: 'an instant before until', got });
  }
  return ok(thinned(await store.fleetHistory.list(account.key, since, until), until - since));
};
