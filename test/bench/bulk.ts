import { atLeast, type Bench, withPlace } from './bench.ts';
import { addAllDevices, createCampaign, paceOf } from './campaign.ts';
import { perSecond } from './load.ts';
import { lookups } from './lookup.ts';
import { addDevices, api, type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { latencyOf } from './statistics.ts';

const GOALS: Readonly<Record<Engine, number>> = { SQLite: 200_000, PostgreSQL: 100_000 };
const COUNTS_GOAL = 5;

/** Devices added to a campaign by query, with lookups going on meanwhile; then the counts of that campaign. */
export const benchBulk = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'bulk add', engine, async (place) => {
    await addDevices(place, bench.options.bulk);
    const muster = await startMuster(place, bench.options.profile);
    try {
      const campaign = await createCampaign(muster);
      await measureAdding(bench, muster, engine, campaign);
      await measureCounts(bench, muster, engine, campaign);
    } finally {
      await muster.stop();
    }
  });

const measureAdding = async (
  bench: Bench,
  muster: Muster,
  engine: Engine,
  campaign: string,
): Promise<void> => {
  const { generator, options, tell } = bench;
  const traffic = lookups(muster, Math.min(options.bulk, 10_000), { connections: 1, pause: 2 });
  await generator.run(traffic, options.seconds * 1000);
  const meanwhile = generator.run(traffic, Number.POSITIVE_INFINITY);
  const job = await addAllDevices(muster, campaign).finally(generator.stop);
  const load = await meanwhile;
  const pace = paceOf(job);
  const goal = GOALS[engine];
  tell({
    name: `bulk add, ${engine}`,
    value: pace,
    unit: 'devices/s',
    peakMemory: muster.peakMemory(),
    goal: atLeast(goal, pace, `>= ${goal.toLocaleString('en')}`),
  });
  tell({
    name: `lookup during bulk add, ${engine}`,
    value: perSecond(load),
    unit: 'requests/s',
    latency: latencyOf([load.latencies]),
  });
};

const measureCounts = async (
  { generator, options, tell }: Bench,
  muster: Muster,
  engine: Engine,
  campaign: string,
): Promise<void> => {
  const path = `${api}/campaigns/${campaign}/counts`;
  const load = await generator.run(
    { ...lookups(muster, 1, { connections: 1, pause: 0 }), path },
    options.seconds * 1000,
  );
  const latency = latencyOf([load.latencies]);
  tell({
    name: `counts, ${engine}`,
    value: perSecond(load),
    unit: 'requests/s',
    latency,
    peakMemory: muster.peakMemory(),
    goal: { text: `p99 < ${COUNTS_GOAL} ms`, met: latency.p99 < COUNTS_GOAL },
  });
};
