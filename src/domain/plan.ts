import type { FailureClass } from './failure-class.ts';
import type { Freeze } from './freeze.ts';
import type { Phase } from './position.ts';
import type { Budget, Rollout } from './rollout.ts';
import type { StopRule } from './stop-rule.ts';
import { HOUR, type Instant, MINUTE } from './time.ts';

/**
 * A recurring span of allowed hours. Days are ISO weekdays, 1 Monday to 7 Sunday, of the day on which the
 * window opens; `from` and `to` are minutes of that day, 0 to 1440. A `to` at or before `from` ends on the
 * next day. `zone: 'device'` reads the hours on the device's own wall clock.
 */
export type Window = {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly zone: 'utc' | 'device';
};

/**
 * Which devices join: those added by hand, and those that match the query, evaluated at start and then every so
 * many seconds (0: once). `list` is the id of the saved query that the expression was taken from, if any.
 */
export type Target =
  | { readonly by: 'hand' }
  | {
      readonly by: 'query';
      readonly expression: string;
      readonly list: string | null;
      readonly reevaluateSeconds: number;
    };

/**
 * When a phase group may begin, beside the campaign's own start: not before an instant, and inside windows. Each
 * device waits for its own place in the first `spread` milliseconds of a window, or after `notBefore` where there
 * are no windows.
 */
export type Timing = {
  readonly notBefore: Instant | null;
  readonly windows: readonly Window[];
  readonly spread: number;
};

/** How often a device tries in all, and how long it waits after its first failure: twice as long each time after. */
export type Tries = { readonly attempts: number; readonly backOff: number };

/** What follows a failure. One attempt everywhere is exactly once. Durations in milliseconds. */
export type RetryPolicy = Tries & {
  /** Other numbers for failures of a class. */
  readonly classes: Readonly<Partial<Record<FailureClass, Tries>>>;
  /** How long a device whose update failed for good rests before it may begin again in the campaign. */
  readonly coolDown: number;
};

/** In which order devices are given the places of a campaign. */
export const orders = ['recently-seen', 'first-in-first-out'] as const;
export type Order = (typeof orders)[number];

/** What an operator decides about a campaign. Its content is what approvals are bound to. */
export type Plan = {
  readonly name: string;
  readonly description: string;
  /** Package ids, applied in this order. */
  readonly packages: readonly string[];
  readonly target: Target;
  /** From here on no phase begins; at this instant the campaign ends. */
  readonly endAt: Instant | null;
  readonly download: Timing;
  /** Execution and activation. */
  readonly install: Timing;
  /** Phases that wait for a go on each device. */
  readonly checkpoints: readonly Phase[];
  /** Devices between delivery and close at any time; `null` is no limit. */
  readonly concurrency: number | null;
  readonly retry: RetryPolicy;
  /** Milliseconds that a running phase may take before it counts as failed; `null` waits for ever. */
  readonly timeouts: Readonly<Record<Phase, number | null>>;
  readonly endWhenComplete: boolean;
  /** No phase begins inside one of these, nor inside one of the account's. */
  readonly freezes: readonly Freeze[];
  readonly rollout: Rollout;
  readonly budgets: readonly Budget[];
  readonly stopRules: readonly StopRule[];
  /** Of several campaigns that run for a device the highest goes first; 0 to 100. */
  readonly priority: number;
  /**
   * To whom places go where there are too few: to the devices that are there when one is free, or to those that asked
   * first and are still there.
   */
  readonly order: Order;
  /** Whether a device may get an older version than it has. */
  readonly downgrades: boolean;
  /** Free text pairs, kept and shown; prefixes mark settings of one wire. */
  readonly settings: Readonly<Record<string, string>>;
};

const always: Timing = { notBefore: null, windows: [], spread: 0 };

/** What holds where nothing was said. */
export const defaultPlan: Plan = {
  name: '',
  description: '',
  packages: [],
  target: { by: 'hand' },
  endAt: null,
  download: always,
  install: always,
  checkpoints: [],
  concurrency: null,
  retry: { attempts: 3, backOff: 5 * MINUTE, classes: {}, coolDown: 0 },
  timeouts: { download: 24 * HOUR, execution: 4 * HOUR, activation: 4 * HOUR },
  endWhenComplete: false,
  freezes: [],
  rollout: { by: 'all' },
  budgets: [],
  stopRules: [],
  priority: 50,
  order: 'recently-seen',
  downgrades: false,
  settings: {},
};

/** The timing that rules a phase. */
export const timingOf = (plan: Plan, phase: Phase): Timing =>
  phase === 'download' ? plan.download : plan.install;

/**
 * The part of a plan that approvals are bound to, as canonical text: what is sent, to whom, under which
 * rules. Its name, description and settings may change without asking again.
 */
export const contentOf = ({ name: _, description: __, settings: ___, ...content }: Plan): string =>
  JSON.stringify(sorted(content));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
};

const isAlways = ({ notBefore, windows, spread }: Timing): boolean =>
  notBefore === null && windows.length === 0 && spread === 0;

const isSame = (one: Timing, other: Timing): boolean =>
  one.notBefore === other.notBefore &&
  one.spread === other.spread &&
  JSON.stringify(one.windows) === JSON.stringify(other.windows);

/**
 * Whether all phases of an update may follow each other at once: installing has no time of its own, by the plan or by
 * slots of the device, and waits for nobody's go.
 */
export const hasOneTime = (
  { download, install, checkpoints }: Pick<Plan, 'download' | 'install' | 'checkpoints'>,
  slots: Readonly<Partial<Record<Phase, unknown>>>,
): boolean =>
  (isAlways(install) || isSame(install, download)) &&
  checkpoints.every((phase) => phase === 'download') &&
  slots.execution === undefined &&
  slots.activation === undefined;
