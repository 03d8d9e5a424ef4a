import { randomInt } from 'node:crypto';
import { type Bench, warmUp, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { addDdiDevices, deploymentOf, deviceBase, deviceHeaders, said } from './ddi.ts';
import { type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { median } from './statistics.ts';
import type { Traffic } from './traffic.ts';

/** Parts of the largest fleet. */
const SIZES = [0.01, 0.1, 1];
/** So many devices for each connection that what one of them says is answered before it says the next. */
const APART = 20;
const GOAL = 1.2;

/** A server with devices of which some speak: as many, whatever the size of the fleet. */
type Fleet = { readonly muster: Muster; readonly devices: number; readonly from: number };

/** Devices that speak in one round. */
const slice = ({ options }: Bench): number => options.connections * APART;
const speakers = (bench: Bench): number => slice(bench) * bench.options.rounds;

const trafficOf = (
  bench: Bench,
  { muster, from }: Fleet,
  what: Pick<Traffic, 'method' | 'path' | 'bodies' | 'order'>,
  round?: number,
): Traffic => ({
  ...{ url: muster.url, headers: deviceHeaders, connections: bench.options.connections, pause: 0, ...what },
  numbers:
    round === undefined
      ? { from, to: from + speakers(bench) }
      : { from: from + round * slice(bench), to: from + (round + 1) * slice(bench) },
});

const idle = { method: 'GET', path: deviceBase, bodies: [] } as const;

/** Every speaker makes contact, once. */
const meet = async (bench: Bench, fleet: Fleet): Promise<void> => {
  const once = trafficOf(bench, fleet, { ...idle, order: 'once' });
  await bench.generator.run(once, Number.POSITIVE_INFINITY);
};

/** Starts a server for each size, one beside the other: what is measured minutes apart tells more of the machine. */
const withFleets = async (
  bench: Bench,
  engine: Engine,
  [devices, ...larger]: readonly number[],
  work: (fleets: readonly Fleet[]) => Promise<void>,
  fleets: readonly Fleet[] = [],
): Promise<void> => {
  if (devices === undefined) return work(fleets);
  await withPlace(bench, `growth, ${devices} devices`, engine, async (place) => {
    await addDdiDevices(place, devices);
    const muster = await startMuster(place, bench.options.profile);
    try {
      const fleet = { muster, devices, from: randomInt(devices - speakers(bench) + 1) };
      await meet(bench, fleet);
      await warmUp(bench, trafficOf(bench, fleet, { ...idle, order: 'random' }));
      await withFleets(bench, engine, larger, work, [...fleets, fleet]);
    } finally {
      await muster.stop();
    }
  });
};

/** Microseconds of processor time for each request, of each fleet: the median of rounds in which each has its turn. */
const costsOf = async (
  { generator, options }: Bench,
  fleets: readonly Fleet[],
  traffic: (fleet: Fleet, round: number) => Traffic,
  milliseconds: number,
): Promise<readonly number[]> => {
  const costs = fleets.map((): number[] => []);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, fleet] of fleets.entries()) {
      const before = fleet.muster.processorTime() ?? Number.NaN;
      const { answered } = await generator.run(traffic(fleet, round), milliseconds);
      const spent = (fleet.muster.processorTime() ?? Number.NaN) - before;
      costs[index]?.push((spent / answered) * 1e6);
    }
  }
  return costs.map(median);
};

/** Brings everybody into a campaign, and hands it to those that speak; gives where these report. */
const handOut = async (bench: Bench, fleet: Fleet): Promise<string> => {
  const { muster, from } = fleet;
  const campaign = await createCampaign(muster);
  await addAllDevices(muster, campaign);
  await muster.call('POST', `/campaigns/${campaign}/start?confirm=true`);
  await meet(bench, fleet);
  const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(muster, from))?.[1];
  return `${deviceBase}/deploymentBase/${action}/feedback`;
};

const measure = async (bench: Bench, engine: Engine, fleets: readonly Fleet[]): Promise<void> => {
  const random = { ...idle, order: 'random' } as const;
  const polls = await costsOf(
    bench,
    fleets,
    (fleet) => trafficOf(bench, fleet, random),
    bench.options.seconds * 1000,
  );
  const paths = new Map<Fleet, string>();
  for (const fleet of fleets) paths.set(fleet, await handOut(bench, fleet));
  const reports = await costsOf(
    bench,
    fleets,
    (fleet, round) => {
      const path = paths.get(fleet) ?? '';
      return trafficOf(bench, fleet, { method: 'POST', path, bodies: said, order: 'once' }, round);
    },
    Number.POSITIVE_INFINITY,
  );
  for (const [what, costs] of Object.entries({ poll: polls, report: reports })) {
    for (const [index, { devices }] of fleets.entries()) {
      const [cost, least] = [costs[index] ?? Number.NaN, costs[0] ?? Number.NaN];
      bench.tell({
        ...{ name: `${what} beside ${devices} devices, ${engine}`, value: cost, unit: 'us of CPU' },
        ...(index > 0 && {
          ratio: { of: 'the least', value: cost / least },
          goal: { text: `<= ${GOAL}`, met: cost <= GOAL * least },
        }),
      });
    }
  }
};

/** What a poll and a report cost beside 10,000, 100,000 and 1,000,000 devices. */
export const benchGrowth = (bench: Bench, engine: Engine): Promise<void> => {
  const sizes = SIZES.map((size) => Math.max(speakers(bench), Math.round(bench.options.bulk * size)));
  return withFleets(bench, engine, sizes, (fleets) => measure(bench, engine, fleets));
};
