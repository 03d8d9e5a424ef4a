import type { Outlook, Sample } from './forecast-input.ts';
import { playRun } from './forecast-run.ts';
import { largestScale } from './forecast-scale.ts';
import { type Forecast, summarise } from './forecast-summary.ts';
import type { World } from './forecast-world.ts';
import { randomFrom } from './random.ts';
import { placeOf } from './share.ts';

export type { Assumptions, Outlook, Sample, Unable } from './forecast-input.ts';
export { defaultAssumptions } from './forecast-input.ts';
export type { Band, Forecast } from './forecast-summary.ts';

/** Journeys that are played in all: what a forecast may cost. */
const JOURNEYS = 80_000;
/** Plays where each has a part of the devices; where all devices can be played often, up to `MOST_RUNS`. */
const RUNS = 9;
const LEAST_RUNS = 3;
const MOST_RUNS = 41;
/** Devices that cannot take part are named up to this number for each reason. */
const EXAMPLES = 20;
/** Devices looked at between two turns of others. */
const PIECE = 2_000;

type Casting = { readonly runs: number; readonly parts: number };

/** How many plays, and of how many parts of the devices one each. */
const castingOf = (count: number, largest: number): Casting => {
  const parts = Math.min(Math.max(1, Math.ceil((count * RUNS) / JOURNEYS)), largest);
  const affordable = Math.floor((JOURNEYS * parts) / Math.max(1, count));
  return { parts, runs: Math.min(MOST_RUNS, Math.max(LEAST_RUNS, affordable)) };
};

const unableOf = (samples: readonly Sample[], weight: number): Forecast['unable'] => {
  const byReason = new Map<NonNullable<Sample['unable']>, string[]>();
  for (const { unable, device } of samples) {
    if (unable === undefined) continue;
    const known = byReason.get(unable);
    if (known === undefined) byReason.set(unable, [device.id]);
    else known.push(device.id);
  }
  return [...byReason].map(([reason, ids]) => ({
    reason,
    devices: Math.round(ids.length * weight),
    examples: ids.slice(0, EXAMPLES),
  }));
};

/** Deals devices out to so many parts that each are like the whole, in pieces. */
const dealt = function* (
  { campaign, samples }: Outlook,
  parts: number,
): Generator<undefined, readonly (readonly Sample[])[]> {
  const dealt = Array.from({ length: parts }, (): Sample[] => []);
  for (const [index, sample] of samples.entries()) {
    if (index % PIECE === 0) yield undefined;
    if (sample.unable !== undefined) continue;
    const place = parts === 1 ? 0 : placeOf(`${campaign.id}/part`, sample.device.id);
    dealt[Math.floor(place * parts)]?.push(sample);
  }
  return dealt;
};

/**
 * Plays a campaign several times over the devices that are known, with the real gate and everything behind it, and
 * tells what the plays have in common. The same outlook gives the same forecast. In pieces: between two `next`s others
 * may have a turn. Where there are more devices than can be played each play takes one of so many parts of them, and
 * the caps of the plan are divided by as many.
 */
export const forecast = function* (outlook: Outlook, seed = 1): Generator<undefined, Forecast> {
  const { campaign, samples, population, from } = outlook;
  const able = samples.reduce((sum, { unable }) => (unable === undefined ? sum + 1 : sum), 0);
  const weight = samples.length === 0 ? 1 : population / samples.length;
  const { runs, parts } = castingOf(able, Math.max(1, Math.floor(largestScale(campaign.plan) / weight)));
  const casts = yield* dealt(outlook, parts);
  const worlds: World[] = [];
  for (let run = 0; run < runs; run += 1) {
    const cast = casts[run % parts] ?? [];
    const scale = (able * weight) / Math.max(1, cast.length);
    worlds.push(yield* playRun(outlook, cast, scale, randomFrom(seed + run)));
    yield undefined;
  }
  return {
    devices: population,
    runs,
    played: Math.ceil(able / parts),
    ...summarise(worlds, from, parts),
    unable: unableOf(samples, weight),
  };
};
