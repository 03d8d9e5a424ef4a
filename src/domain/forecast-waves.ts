import { command, entries, progressOf, type World } from './forecast-world.ts';
import { isWaveMet, wavesOf } from './rollout.ts';
import { countOf, waveScope } from './tally.ts';
import type { Instant } from './time.ts';

const note = (world: World): void => {
  const { wave } = progressOf(world);
  if (!world.opened.has(wave)) world.opened.set(wave, world.now);
};

/** Whether the open wave met its condition before the play began. */
export const isDueFor = (world: World): boolean => progressOf(world).metAt !== null;

/**
 * Tells the campaign when its open wave has met its condition, and the next ones as far as they open at once. Answers
 * when the next one opens by the clock or, as assumed, by an operator; `null` when that is not known.
 */
export const checkWave = (world: World): Instant | null => {
  for (;;) {
    note(world);
    const { wave: number, metAt, sizes } = progressOf(world);
    const wave = wavesOf(world.campaign.plan.rollout)[number];
    if (wave === undefined || metAt !== null) return null;
    const succeeded = countOf(world.ledger.tallies, waveScope(number), 'succeeded');
    if (!isWaveMet(wave, sizes[number], succeeded)) return null;
    command(world, { type: 'meet-wave', wave: number });
    if (progressOf(world).wave === number) return opensAt(world);
  }
};

const opensAt = (world: World): Instant | null => {
  const { wave: number, metAt } = progressOf(world);
  const wave = wavesOf(world.campaign.plan.rollout)[number];
  if (wave === undefined || metAt === null) return null;
  if (!wave.manual) return metAt + wave.soak;
  const { opening } = world.outlook.assumptions;
  return opening === null ? null : metAt + wave.soak + opening;
};

/** Opens the next wave if its time has come. */
export const openDueWave = (world: World): void => {
  const at = opensAt(world);
  if (at === null) return;
  if (at > world.now) {
    world.agenda.add(at, entries.WAVE);
    return;
  }
  const { wave } = progressOf(world);
  const manual = wavesOf(world.campaign.plan.rollout)[wave]?.manual ?? false;
  command(world, { type: 'open-wave', wave: wave + 1, by: manual ? 'operator' : 'clock' });
};
