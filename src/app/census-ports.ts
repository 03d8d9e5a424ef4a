import type { Protocol } from '../domain/device.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason } from '../domain/update.ts';

/** How many updates have ended in the same way in the same stretch of time, which begins at `from`. */
export type EndsCensus = readonly {
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly from: Instant;
  readonly count: number;
}[];

/**
 * How many devices are of the same kind. `version` is that of their firmware, '' where they told none. `seen` is the place
 * of the latest of the given instants since which they were seen; one more for earlier, two more for never.
 */
export type DeviceCensus = readonly {
  readonly protocol: Protocol;
  readonly version: string;
  readonly seen: number;
  readonly count: number;
}[];

/** How many of a campaign's devices are in which time zone. */
export type ZoneCensus = readonly { readonly zone: string; readonly devices: number }[];

/** What an account's devices were. It holds until the next one: what stayed the same is not written again. */
export type FleetPoint = {
  /** The beginning of the hour in which they were counted. */
  readonly at: Instant;
  readonly devices: number;
  /** Of their firmware, the most frequent first and only so many; '' of those that told none. */
  readonly versions: readonly { readonly version: string; readonly count: number }[];
  /** Devices of all other versions. */
  readonly otherVersions: number;
  readonly protocols: readonly { readonly protocol: Protocol; readonly count: number }[];
  /** When they were last seen: within the last hour, else within the last day, and so on. */
  readonly seen: {
    readonly hour: number;
    readonly day: number;
    readonly week: number;
    readonly month: number;
    readonly earlier: number;
    readonly never: number;
  };
};

/** The fleets of the past. Neither changes nor events: no history tells of it. */
export interface FleetHistory {
  /** Unless the account has one of that instant; whether it was written. */
  add(account: AccountKey, point: FleetPoint): Promise<boolean>;
  /** Those after `since` and before `until`, in order, after the one that held at `since`. */
  list(account: AccountKey, since: Instant, until: Instant): Promise<readonly FleetPoint[]>;
  /** Of those before an instant, keeps the last of each day in UTC. */
  thin(account: AccountKey, before: Instant): Promise<void>;
}
