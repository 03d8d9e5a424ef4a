import { unreachable } from './result.ts';
import { placeOf } from './share.ts';
import { type DeviceFacts, type Expression, matches, parseExpression } from './targeting.ts';
import { type Instant, MINUTE, SECOND } from './time.ts';

/** Which devices a wave takes of those that no wave before it took. */
export type WaveSize =
  | { readonly by: 'percent'; readonly percent: number }
  | { readonly by: 'count'; readonly count: number }
  | { readonly by: 'query'; readonly expression: string }
  /** Device ids. */
  | { readonly by: 'devices'; readonly devices: readonly string[] };

/** A part of the campaign that begins once the part before it went well. */
export type Wave = {
  readonly name: string;
  readonly size: WaveSize;
  /** Percent of the wave's devices that must have succeeded. */
  readonly success: number;
  /** Milliseconds to wait after that. */
  readonly soak: number;
  /** Then an operator opens the next wave; else it opens by itself. */
  readonly manual: boolean;
};

/**
 * How devices are let in: all at once; in waves, with those in no wave after the last one; or so many a minute, more
 * after every so many successes: `min(most, perMinute * factor ** floor(succeeded / every))`.
 */
export type Rollout =
  | { readonly by: 'all' }
  | { readonly by: 'waves'; readonly waves: readonly Wave[] }
  | {
      readonly by: 'ramp';
      readonly perMinute: number;
      readonly factor: number;
      readonly every: number;
      readonly most: number;
    };

/** Devices that may be in progress at the same time for each value of an attribute. */
export type Budget = { readonly attribute: string; readonly most: number };

/** A stop rule that fired for a scope, with how many devices of it were closed then and how many of them counted. */
export type Tripped = {
  readonly rule: number;
  readonly scope: string;
  readonly at: Instant;
  readonly closed: number;
  readonly hits: number;
};

/** How far a running campaign has come. */
export type Progress = {
  /** The wave that is open, from 0; as many as there are waves once all devices may begin. */
  readonly wave: number;
  /** Since when. */
  readonly since: Instant;
  /** When the open wave met its condition, and its soak began. */
  readonly metAt: Instant | null;
  /** How many devices each wave has; shorter while nobody has counted them. */
  readonly sizes: readonly number[];
  /** Scopes in which no device enters another phase. */
  readonly held: readonly string[];
  /** At most one for each rule and scope: the latest. */
  readonly tripped: readonly Tripped[];
};

export const newProgress = (now: Instant): Progress => ({
  wave: 0,
  since: now,
  metAt: null,
  sizes: [],
  held: [],
  tripped: [],
});

export const wavesOf = (rollout: Rollout): readonly Wave[] => (rollout.by === 'waves' ? rollout.waves : none);
const none: readonly Wave[] = [];

const expressions = new WeakMap<Wave, Expression | null>();
const lists = new WeakMap<Wave, ReadonlySet<string>>();

/** Parsed once for each plan that was read; a query that does not parse matches nothing. */
const expressionOf = (wave: Wave, text: string): Expression | null => {
  const known = expressions.get(wave);
  if (known !== undefined) return known;
  const parsed = parseExpression(text);
  const expression = parsed.ok ? parsed.value : null;
  expressions.set(wave, expression);
  return expression;
};

const listOf = (wave: Wave, devices: readonly string[]): ReadonlySet<string> => {
  const known = lists.get(wave) ?? new Set(devices);
  lists.set(wave, known);
  return known;
};

/**
 * The wave that a device which was not let in yet belongs to: the first that takes it, else as many as there are waves.
 * A percentage takes who stands below the sum of the percentages so far in the campaign's own line of devices, so
 * that a larger share contains the smaller one; a count takes whoever comes while fewer were `started` in it.
 */
export const waveOf = (
  rollout: Rollout,
  campaignId: string,
  device: DeviceFacts,
  started: (wave: number) => number,
): number | null => {
  if (rollout.by !== 'waves') return null;
  const percent = placeOf(campaignId, device.id) * 100;
  let share = 0;
  for (const [index, wave] of rollout.waves.entries()) {
    if (wave.size.by === 'percent') share += wave.size.percent;
    if (takes(wave, device, percent < share, () => started(index))) return index;
  }
  return rollout.waves.length;
};

const takes = (wave: Wave, device: DeviceFacts, inShare: boolean, started: () => number): boolean => {
  const { size } = wave;
  switch (size.by) {
    case 'percent':
      return inShare;
    case 'count':
      return started() < size.count;
    case 'query': {
      const expression = expressionOf(wave, size.expression);
      return expression !== null && matches(expression, device);
    }
    case 'devices':
      return listOf(wave, size.devices).has(device.id);
    default:
      return unreachable(size);
  }
};

/** Whether enough devices of a wave have succeeded; `size` is how many it has, `undefined` while nobody knows. */
export const isWaveMet = ({ success }: Wave, size: number | undefined, succeeded: number): boolean =>
  size !== undefined && succeeded * 100 >= success * size;

type Ramp = Extract<Rollout, { by: 'ramp' }>;

/** Whole starts per minute after so many successes: at least one. */
export const rateOf = ({ perMinute, factor, every, most }: Ramp, succeeded: number): number =>
  Math.max(1, Math.floor(Math.min(most, perMinute * factor ** Math.floor(succeeded / every))));

/** How many starts of this minute may have happened by now: dealt evenly over it, the first at once. */
export const allowedBy = (rate: number, now: Instant): number =>
  Math.min(rate, Math.ceil((rate * ((now % MINUTE) + SECOND)) / MINUTE));

/** When one more than so many starts of this minute may happen: in this minute, or with the next. */
export const nextStart = (rate: number, started: number, now: Instant): Instant => {
  const minute = now - (now % MINUTE);
  if (started >= rate) return minute + MINUTE;
  return minute + Math.max(0, Math.floor((started * MINUTE) / rate) - SECOND + 1);
};
