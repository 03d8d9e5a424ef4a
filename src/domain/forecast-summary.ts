import type { Unable } from './forecast-input.ts';
import type { World } from './forecast-world.ts';
import type { GateRule } from './gate.ts';
import { type Instant, SECOND } from './time.ts';

/** What ten, fifty and ninety of a hundred plays stay below. */
export type Band = { readonly low: number; readonly middle: number; readonly high: number };

export type Forecast = {
  /** Devices that the campaign is for, those that cannot take part included. */
  readonly devices: number;
  /** How often the campaign was played, and with how many devices each time. */
  readonly runs: number;
  readonly played: number;
  /** Devices that have succeeded by then, at most 200 points. */
  readonly curve: readonly (Band & { readonly at: Instant })[];
  /** When the last device is done; `null` if that never came in half of the plays. */
  readonly finish: Band | null;
  /** Part of the plays, 0 to 1, in which every device that takes part was done in the end. */
  readonly finished: number;
  readonly succeeded: Band;
  readonly failed: Band;
  readonly peak: {
    readonly inProgress: Band;
    readonly startsPerMinute: Band;
    readonly bytesPerSecond: Band;
  };
  readonly bytes: Band;
  /** When each wave opens, in order; the last is what comes after the waves. */
  readonly waves: readonly { readonly wave: number; readonly opens: Band | null }[];
  /** Stop rules that fired, by number, and in which part of the plays. */
  readonly trips: readonly { readonly rule: number; readonly share: number; readonly at: Band }[];
  /** Devices that were still waiting in the end, on average, and for what. */
  readonly waiting: readonly { readonly rule: GateRule; readonly devices: number }[];
  /** Devices that cannot take part as they are, with the first of them. */
  readonly unable: readonly {
    readonly reason: Unable;
    readonly devices: number;
    readonly examples: readonly string[];
  }[];
};

const POINTS = 200;

/** The value that a share of the values stays below, between two of them in proportion. */
const quantile = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return below + (above - below) * (at - Math.floor(at));
};

const shares = { low: 0.1, middle: 0.5, high: 0.9 } as const;

/** The band of some values, or with `of` that of the largest of so many of them. */
const bandOf = (values: readonly number[], of = 1): Band => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(quantile(sorted, share ** (1 / of)));
  return { low: at(shares.low), middle: at(shares.middle), high: at(shares.high) };
};

const curveOf = (worlds: readonly World[], from: Instant): Forecast['curve'] => {
  const last = Math.max(from + 1, ...worlds.map(({ ledger }) => ledger.successes.at(-1) ?? from));
  const reached = worlds.map(() => 0);
  const points = Math.min(POINTS, Math.ceil((last - from) / SECOND) + 1);
  return Array.from({ length: points }, (_, index) => {
    const at = Math.round(from + ((last - from) * index) / (points - 1));
    const done = worlds.map(({ ledger: { successes }, scale }, run) => {
      let count = reached[run] ?? 0;
      while (count < successes.length && (successes[count] ?? 0) <= at) count += 1;
      reached[run] = count;
      return count * scale;
    });
    return { at, ...bandOf(done) };
  });
};

/** The most downloads at the same time. */
const mostFetches = ({ fetches: { begun, over } }: World): number => {
  const ends = Float64Array.from(over).sort();
  let most = 0;
  let ended = 0;
  for (const [index, at] of begun.entries()) {
    while (ended < ends.length && (ends[ended] ?? 0) <= at) ended += 1;
    most = Math.max(most, index + 1 - ended);
  }
  return most;
};

const isFinished = ({ updates }: World): boolean => updates.every(({ status }) => status === 'closed');

const failuresOf = ({ ledger: { outcomes } }: World): number =>
  [...outcomes].reduce((sum, [outcome, count]) => (outcome === 'succeeded' ? sum : sum + count), 0);

/** Where each play has a part of the devices, all are done when the last of as many plays is. */
const finishOf = (worlds: readonly World[], from: Instant, parts: number): Forecast['finish'] => {
  const finished = worlds.filter(isFinished);
  if (finished.length * 2 < worlds.length || finished.length === 0) return null;
  return bandOf(
    finished.map(({ ledger }) => Math.max(from, ledger.lastClosed())),
    parts,
  );
};

const wavesIn = (worlds: readonly World[]): Forecast['waves'] => {
  const count = Math.max(0, ...worlds.map(({ opened }) => opened.size));
  const plan = worlds[0]?.campaign.plan;
  if (plan?.rollout.by !== 'waves') return [];
  const waves = Math.max(count, plan.rollout.waves.length + 1);
  return Array.from({ length: waves }, (_, wave) => {
    const opens = worlds.flatMap(({ opened }) => opened.get(wave) ?? []);
    return { wave, opens: opens.length * 2 < worlds.length ? null : bandOf(opens) };
  });
};

const tripsIn = (worlds: readonly World[]): Forecast['trips'] => {
  const rules = [...new Set(worlds.flatMap(({ tripped }) => [...tripped.keys()]))].sort((a, b) => a - b);
  return rules.map((rule) => {
    const at = worlds.flatMap(({ tripped }) => tripped.get(rule) ?? []);
    return { rule, share: at.length / worlds.length, at: bandOf(at) };
  });
};

const waitingIn = (worlds: readonly World[]): Forecast['waiting'] => {
  const counts = new Map<GateRule, number>();
  for (const { updates, blocks, scale } of worlds) {
    for (const [device, rule] of blocks) {
      if (updates[device]?.status !== 'open') continue;
      counts.set(rule, (counts.get(rule) ?? 0) + scale);
    }
  }
  return [...counts].map(([rule, count]) => ({ rule, devices: Math.round(count / worlds.length) }));
};

/** What the plays of a campaign have in common, each with one of so many parts of its devices. */
export const summarise = (
  worlds: readonly World[],
  from: Instant,
  parts: number,
): Omit<Forecast, 'devices' | 'runs' | 'played' | 'unable'> => {
  const band = (of: (world: World) => number): Band => bandOf(worlds.map((world) => of(world) * world.scale));
  const { packages = [], assumptions } = worlds[0]?.outlook ?? {};
  const size = packages.reduce((sum, pack) => sum + pack.size, 0);
  const speed = size === 0 ? 0 : (assumptions?.bytesPerSecond ?? 0);
  return {
    curve: curveOf(worlds, from),
    finish: finishOf(worlds, from, parts),
    finished: worlds.filter(isFinished).length / worlds.length,
    succeeded: band(({ ledger }) => ledger.successes.length),
    failed: band(failuresOf),
    peak: {
      inProgress: band(({ ledger }) => ledger.peaks().inProgress),
      startsPerMinute: band(({ ledger }) => ledger.peaks().startsPerMinute),
      bytesPerSecond: band((world) => mostFetches(world) * speed),
    },
    bytes: band(({ fetches }) => fetches.begun.length * size),
    waves: wavesIn(worlds),
    trips: tripsIn(worlds),
    waiting: waitingIn(worlds),
  };
};
