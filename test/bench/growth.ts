import { randomInt } from 'node:crypto';
import { type Bench, type Engine, summaryOf, warmUp, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { addDdiDevices, deploymentOf, deviceBase, deviceHeaders, said } from './ddi.ts';
import { type Muster, startMuster } from './muster.ts';
import type { Traffic } from './traffic.ts';

/** Parts of the largest fleet. */
const SIZES = [0.01, 0.1, 1];
/** As many devices speak, whatever the size of the fleet: what they cost must not depend on the silent ones. */
const SPEAKERS = 5_000;
/** So many devices for each connection that what one of them says is answered before it says the next. */
const APART = 20;
const GOAL = 1.2;

/** Microseconds of processor time for each request. */
type Cost = { readonly poll: number; readonly report: number };

const trafficOf = (
  { url }: Muster,
  { options }: Bench,
  what: Pick<Traffic, 'method' | 'path' | 'bodies' | 'order'>,
  numbers: Traffic['numbers'],
): Traffic => ({ url, headers: deviceHeaders, connections: options.connections, pause: 0, numbers, ...what });

const costOf = async (
  bench: Bench,
  muster: Muster,
  traffic: Traffic,
  milliseconds: number,
): Promise<number> => {
  const before = muster.processorTime() ?? Number.NaN;
  const load = await bench.generator.run(traffic, milliseconds);
  const round = { load, processor: (muster.processorTime() ?? Number.NaN) - before };
  return summaryOf([round], muster).processor ?? Number.NaN;
};

const measure = async (bench: Bench, muster: Muster, devices: number): Promise<Cost> => {
  const { options, generator } = bench;
  const speakers = Math.min(SPEAKERS, devices);
  const from = randomInt(devices - speakers + 1);
  const numbers = { from, to: from + speakers };
  const idle = { method: 'GET', path: deviceBase, bodies: [], order: 'random' } as const;
  await generator.run(
    trafficOf(muster, bench, { ...idle, order: 'once' }, numbers),
    Number.POSITIVE_INFINITY,
  );
  await warmUp(bench, trafficOf(muster, bench, idle, numbers));
  const poll = await costOf(bench, muster, trafficOf(muster, bench, idle, numbers), options.seconds * 1000);
  const campaign = await createCampaign(muster);
  await addAllDevices(muster, campaign);
  await muster.call('POST', `/campaigns/${campaign}/start?confirm=true`);
  await generator.run(
    trafficOf(muster, bench, { ...idle, order: 'once' }, numbers),
    Number.POSITIVE_INFINITY,
  );
  const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(muster, from))?.[1];
  const path = `${deviceBase}/deploymentBase/${action}/feedback`;
  const feedback = { method: 'POST', path, bodies: said, order: 'once' } as const;
  const report = await costOf(
    bench,
    muster,
    trafficOf(muster, bench, feedback, numbers),
    Number.POSITIVE_INFINITY,
  );
  return { poll, report };
};

const costAt = async (bench: Bench, engine: Engine, devices: number): Promise<Cost | undefined> => {
  let cost: Cost | undefined;
  await withPlace(bench, `growth, ${devices} devices`, engine, async (place) => {
    await addDdiDevices(place, devices);
    const muster = await startMuster(place, bench.options.profile);
    try {
      cost = await measure(bench, muster, devices);
    } finally {
      await muster.stop();
    }
  });
  return cost;
};

/** What a poll and a report cost beside 10,000, 100,000 and 1,000,000 devices. */
export const benchGrowth = async (bench: Bench, engine: Engine): Promise<void> => {
  const costs: Cost[] = [];
  for (const size of SIZES) {
    const devices = Math.max(bench.options.connections * APART, Math.round(bench.options.bulk * size));
    const cost = await costAt(bench, engine, devices);
    if (cost === undefined) return;
    costs.push(cost);
    for (const what of ['poll', 'report'] as const) {
      const growth = cost[what] / (costs[0]?.[what] ?? Number.NaN);
      bench.tell({
        ...{ name: `${what} beside ${devices} devices, ${engine}`, value: cost[what], unit: 'us of CPU' },
        ...(costs.length > 1 && {
          ratio: { of: 'the least', value: growth },
          goal: { text: `<= ${GOAL}`, met: growth <= GOAL },
        }),
      });
    }
  }
};
