import { againstRaw, atLeast, type Bench, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { perSecond } from './load.ts';
import { addDevices, api, deviceName, type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { latencyOf } from './statistics.ts';
import type { Traffic } from './traffic.ts';

const GOAL = 0.2;

/** What each device says in turn once it was handed the download; each changes its state. */
const said = [
  { phase: 'download', step: 'complete' },
  { phase: 'execution', step: 'running' },
  { phase: 'execution', step: 'complete' },
  { phase: 'activation', step: 'running' },
].map((report) => JSON.stringify(report));

/** More than any server here takes in a second: a round must not run out of reports. */
const FASTEST = 20_000;

const devicesPerRound = ({ options }: Bench): number =>
  Math.max(options.connections * 2, Math.ceil((options.seconds * FASTEST) / said.length));

const writes = (
  { url, headers }: Muster,
  { options }: Bench,
  what: Pick<Traffic, 'path' | 'bodies' | 'numbers'>,
): Traffic => ({
  url,
  method: 'POST',
  headers,
  order: 'once',
  connections: options.connections,
  pause: 0,
  ...what,
});

/** Check-ins that hand every device its download, then reports: each is answered once it is flushed. */
export const benchReport = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'report', engine, async (place) => {
    const each = devicesPerRound(bench);
    const devices = each * (bench.options.rounds + 1);
    await addDevices(place, devices);
    const muster = await startMuster(place, bench.options.profile);
    try {
      const campaign = await createCampaign(muster);
      await addAllDevices(muster, campaign);
      await muster.call('POST', `/campaigns/${campaign}/start`);
      await checkIn(bench, muster, engine, devices);
      await measureReports(bench, muster, engine, campaign, each);
    } finally {
      await muster.stop();
    }
  });

const checkIn = async (bench: Bench, muster: Muster, engine: Engine, devices: number): Promise<void> => {
  const path = `${api}/devices/${deviceName}/check-in`;
  const traffic = writes(muster, bench, { path, bodies: [], numbers: { from: 0, to: devices } });
  const load = await bench.generator.run(traffic, Number.POSITIVE_INFINITY);
  bench.tell({
    name: `first check-in, ${engine}`,
    value: perSecond(load),
    unit: 'requests/s',
    latency: latencyOf([load.latencies]),
    peakMemory: muster.peakMemory(),
  });
};

const measureReports = async (
  bench: Bench,
  muster: Muster,
  engine: Engine,
  campaign: string,
  each: number,
): Promise<void> => {
  const path = `${api}/campaigns/${campaign}/devices/${deviceName}/reports`;
  const slice = (index: number): Traffic =>
    writes(muster, bench, {
      path,
      bodies: said,
      numbers: { from: index * each, to: (index + 1) * each },
    });
  await bench.generator.run(slice(0), Math.min(1000, bench.options.seconds * 1000));
  const row = await againstRaw(bench, muster, (round) => slice(round + 1));
  bench.tell({
    name: `report, ${engine}`,
    ...row,
    ...(engine === 'SQLite' && { goal: atLeast(GOAL, row.ratio.value, `>= ${GOAL} raw`) }),
  });
};
