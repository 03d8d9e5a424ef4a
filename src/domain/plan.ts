import type { Phase } from './position.ts';
import type { RefusalOf } from './refusal.ts';
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

/** Which devices join: those added by hand, and those that match the query, evaluated at start and then every so many seconds (0: once). */
export type Target =
  | { readonly by: 'hand' }
  | { readonly by: 'query'; readonly expression: string; readonly reevaluateSeconds: number };

/** When a phase group may begin, beside the campaign's own start: not before an instant, and inside windows. */
export type Timing = { readonly notBefore: Instant | null; readonly windows: readonly Window[] };

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
  readonly retry: { readonly attempts: number; readonly backOff: number };
  /** Milliseconds that a running phase may take before it counts as failed; `null` waits for ever. */
  readonly timeouts: Readonly<Record<Phase, number | null>>;
  readonly endWhenComplete: boolean;
  /** Free text pairs, kept and shown; prefixes mark settings of one wire. */
  readonly settings: Readonly<Record<string, string>>;
};

const always: Timing = { notBefore: null, windows: [] };

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
  retry: { attempts: 3, backOff: 5 * MINUTE },
  timeouts: { download: 24 * HOUR, execution: 4 * HOUR, activation: 4 * HOUR },
  endWhenComplete: false,
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

const invalid = (field: string, expected: string, got: unknown): RefusalOf<'invalid'> => ({
  code: 'invalid',
  field,
  expected,
  got: JSON.stringify(got) ?? 'nothing',
});

const windowProblem = (window: Window, field: string): RefusalOf<'invalid'> | undefined => {
  if (window.days.length === 0) return invalid(`${field}.days`, 'at least one weekday', window.days);
  if (new Set(window.days).size < window.days.length) {
    return invalid(`${field}.days`, 'each weekday once', window.days);
  }
  if (window.from === window.to || (window.from === 1440 && window.to === 0)) {
    return invalid(`${field}.to`, 'another minute than from; 0 to 1440 is the whole day', window.to);
  }
  return undefined;
};

/** What is wrong with a plan beyond the types of its fields, or `undefined`. */
export const planProblem = (plan: Plan, now: Instant): RefusalOf<'invalid'> | undefined => {
  if (plan.name.trim() === '') return invalid('name', 'a name', plan.name);
  if (new Set(plan.packages).size < plan.packages.length) {
    return invalid('packages', 'each package once', plan.packages);
  }
  if (plan.endAt !== null && plan.endAt <= now) return invalid('endAt', 'an instant ahead', plan.endAt);
  for (const timing of ['download', 'install'] as const) {
    const { notBefore, windows } = plan[timing];
    if (plan.endAt !== null && notBefore !== null && notBefore >= plan.endAt) {
      return invalid(`${timing}.notBefore`, 'an instant before endAt', notBefore);
    }
    for (const [index, window] of windows.entries()) {
      const problem = windowProblem(window, `${timing}.windows.${index}`);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
};
