import type { Protocol } from '../domain/device.ts';
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
