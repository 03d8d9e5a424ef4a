import { availableParallelism } from 'node:os';
import { atLeast, type Bench, warmUp, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { addDdiDevices, deploymentOf, deviceBase, deviceHeaders, said } from './ddi.ts';
import { perSecond } from './load.ts';
import { type Muster, startMuster } from './muster.ts';
import { latencyOf, median } from './statistics.ts';
import type { Load, Traffic } from './traffic.ts';

const GOAL = 1.6;
/** Two workers, and as much again for the database and whoever makes the load. */
const CORES = 4;
/** A worker writes one group of reports after the other: there have to be enough of them for two. */
const MANY = 4;
/** More than any server here takes in a second: a round must not run out of reports. */
const FASTEST = 12_000;

/** So many devices for each connection are at the same report before the next begin: the faster one gets no other mix of reports. */
const ABREAST = 2;

type Pair = readonly [one: Muster, two: Muster];

/** Both servers in turn, so that a change of the machine's pace meets both. */
const compare = async (
  bench: Bench,
  name: string,
  pair: Pair,
  trafficOf: (muster: Muster, round: number) => Traffic,
): Promise<void> => {
  const loads: [Load[], Load[]] = [[], []];
  const ratios: number[] = [];
  for (let round = 0; round < bench.options.rounds; round += 1) {
    const paces: number[] = [];
    for (const [place, muster] of pair.entries()) {
      const traffic = trafficOf(muster, 2 * round + place);
      const load = await bench.generator.run(traffic, bench.options.seconds * 1000);
      loads[place]?.push(load);
      paces.push(perSecond(load));
    }
    ratios.push((paces[1] ?? Number.NaN) / (paces[0] ?? Number.NaN));
  }
  const tell = (title: string, all: readonly Load[]) => ({
    name: `${name}, ${title}, PostgreSQL`,
    value: median(all.map(perSecond)),
    unit: 'requests/s',
    latency: latencyOf(all.map(({ latencies }) => latencies)),
  });
  const value = median(ratios);
  bench.tell(tell('one worker', loads[0]));
  bench.tell({
    ...tell('two workers', loads[1]),
    ratio: { of: 'one', value },
    ...(availableParallelism() >= CORES && { goal: atLeast(GOAL, value, `>= ${GOAL} one`) }),
  });
};

/** Idle polls and feedback at one worker and at two, over the same database and with the same generator. */
export const benchWorkers = async (bench: Bench): Promise<void> =>
  withPlace(bench, 'workers', 'PostgreSQL', async (place) => {
    const { options } = bench;
    const connections = MANY * options.connections;
    const each = Math.max(connections, Math.ceil((options.seconds * FASTEST) / said.length));
    const devices = each * (2 * options.rounds + 2);
    await addDdiDevices(place, devices);
    const one = await startMuster(place, options.profile);
    const two = await startMuster(place, options.profile, { MUSTER_WORKERS: '2' });
    try {
      const traffic = (
        { url }: Muster,
        what: Pick<Traffic, 'method' | 'path' | 'bodies' | 'block' | 'numbers' | 'order'>,
      ): Traffic => ({ url, headers: deviceHeaders, connections, pause: 0, ...what });
      const numbers = { from: 0, to: devices };
      const poll = { method: 'GET', path: deviceBase, bodies: [], numbers } as const;
      const polls = (muster: Muster): Traffic => traffic(muster, { ...poll, order: 'random' });
      for (const muster of [one, two]) await warmUp(bench, polls(muster));
      await compare(bench, 'idle poll', [one, two], polls);

      const campaign = await createCampaign(one);
      await addAllDevices(one, campaign);
      await one.call('POST', `/campaigns/${campaign}/start`);
      await bench.generator.run(traffic(two, { ...poll, order: 'once' }), Number.POSITIVE_INFINITY);
      const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(one, 0))?.[1];
      const slice = (muster: Muster, index: number): Traffic =>
        traffic(muster, {
          method: 'POST',
          path: `${deviceBase}/deploymentBase/${action}/feedback`,
          bodies: said,
          block: ABREAST * connections,
          numbers: { from: index * each, to: (index + 1) * each },
          order: 'once',
        });
      for (const [index, muster] of [one, two].entries()) await warmUp(bench, slice(muster, index));
      await compare(bench, 'feedback', [one, two], (muster, round) => slice(muster, round + 2));
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  });
