import type { Protocol } from '../domain/device.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import { compareVersions } from '../domain/version.ts';
import type { Caller } from './caller.ts';
import type { DeviceCensus } from './census-ports.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** What the devices of an account are, in numbers. */
export type FleetCensus = {
  readonly at: Instant;
  readonly devices: number;
  readonly protocols: readonly { readonly protocol: Protocol; readonly count: number }[];
  /** Of their firmware, the newest first; '' of those that told none comes last. */
  readonly versions: readonly { readonly version: string; readonly count: number }[];
  /** Devices last seen from `from` on and before `to`; both `null` of those never seen. */
  readonly seen: readonly {
    readonly from: Instant | null;
    readonly to: Instant | null;
    readonly count: number;
  }[];
};

/** How long ago devices were last seen at most, the shortest first. */
export const ages = [HOUR, DAY, 7 * DAY, 30 * DAY] as const;

const countBy = <Name extends string | number>(
  census: DeviceCensus,
  nameOf: (kind: DeviceCensus[number]) => Name,
): ReadonlyMap<Name, number> => {
  const counts = new Map<Name, number>();
  for (const kind of census) counts.set(nameOf(kind), (counts.get(nameOf(kind)) ?? 0) + kind.count);
  return counts;
};

const newestFirst = (a: string, b: string): number => {
  if (a === '' || b === '') return a === '' ? 1 : -1;
  return compareVersions(b, a);
};

const take = async (
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  at: Instant,
): Promise<FleetCensus> => {
  const since = ages.map((age) => at - age);
  const census = await store.devices.census(account.key, since);
  const seen = countBy(census, (kind) => kind.seen);
  return {
    at,
    devices: census.reduce((sum, { count }) => sum + count, 0),
    protocols: [...countBy(census, ({ protocol }) => protocol)]
      .map(([protocol, count]) => ({ protocol, count }))
      .sort((a, b) => b.count - a.count),
    versions: [...countBy(census, ({ version }) => version)]
      .map(([version, count]) => ({ version, count }))
      .sort((a, b) => newestFirst(a.version, b.version)),
    seen: [...since, null, null].map((from, place) => ({
      from,
      to: since[place - 1] ?? null,
      count: seen.get(place) ?? 0,
    })),
  };
};

/** Counts all devices of the caller's account; what takes long is kept a while. */
export const newFleetCensus = (deps: Deps) => {
  const keep = keepAWhile<FleetCensus>(deps.clock);
  return ({ account }: Pick<Caller, 'account'>): Promise<FleetCensus> =>
    keep(`${account.key}`, () => take(deps, { account }, deps.clock()));
};
