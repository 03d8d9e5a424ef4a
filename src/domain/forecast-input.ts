import type { Campaign } from './campaign.ts';
import type { Protocol } from './device.ts';
import type { Freeze } from './freeze.ts';
import type { Misfit, PackageMetadata } from './package.ts';
import type { Phase } from './position.ts';
import type { DeviceFacts } from './targeting.ts';
import { HOUR, type Instant, MINUTE, SECOND } from './time.ts';
import type { Update } from './update-state.ts';

/** What is taken for granted about devices and people. Chances from 0 to 1, durations in milliseconds. */
export type Assumptions = {
  /** How fast one device fetches packages. */
  readonly bytesPerSecond: number;
  /** What each phase takes in the middle, the download beside its bytes. */
  readonly durations: Readonly<Record<Phase, number>>;
  /** How much that varies: the standard deviation of its logarithm. */
  readonly variation: number;
  /** The chance that an attempt breaks off on the way and may be tried again. */
  readonly broken: number;
  /** The chance that an attempt fails for good. */
  readonly failing: number;
  /** The chance that a device which was told to begin says nothing more. */
  readonly silent: number;
  /** How long a device waits at a checkpoint for somebody's go; `null` for ever. */
  readonly approval: number | null;
  /** How long a wave that an operator opens waits for that; `null` for ever. */
  readonly opening: number | null;
};

/** What holds where nothing is known: a slow mobile link, and two devices of a hundred that fail. */
export const defaultAssumptions: Assumptions = {
  bytesPerSecond: 250_000,
  durations: { download: 30 * SECOND, execution: 5 * MINUTE, activation: 2 * MINUTE },
  variation: 0.5,
  broken: 0.02,
  failing: 0.01,
  silent: 0.01,
  approval: null,
  opening: 24 * HOUR,
};

/** A device that is in a campaign, or would be, and how it usually comes. */
export type Sample = {
  readonly device: DeviceFacts & { readonly protocol: Protocol };
  /** Its keeper agreed in advance. */
  readonly agreed: boolean;
  /** It goes through all phases in one go. */
  readonly together: boolean;
  /** How far it is; `undefined` before it has joined. */
  readonly update: Update | undefined;
  /** It makes contact then, and again every `interval` milliseconds. */
  readonly nextContact: Instant;
  readonly interval: number;
  /** Why it cannot be counted on; `undefined` when it can. */
  readonly unable: Unable | undefined;
};

/** `never-seen`, `long-silent`, `not-accepted`: nothing that the campaign could do would reach it. */
export type Unable = Misfit | 'never-seen' | 'long-silent' | 'not-accepted';

/** Everything a forecast looks at. */
export type Outlook = {
  readonly campaign: Campaign;
  readonly freezes: readonly Freeze[];
  readonly packages: readonly (PackageMetadata & { readonly size: number })[];
  readonly headless: boolean;
  /** The packages bring a reset of their own. */
  readonly resettable: boolean;
  readonly samples: readonly Sample[];
  /** How many devices the samples stand for. */
  readonly population: number;
  readonly assumptions: Assumptions;
  /** It begins or goes on then. */
  readonly from: Instant;
  /** Nothing is played beyond. */
  readonly until: Instant;
};
