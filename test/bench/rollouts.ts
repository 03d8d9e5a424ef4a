import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, summaryOf, withPlace } from './bench.ts';
import { uploadPackage } from './campaign.ts';
import { addDevices, api, deviceName, type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import type { Traffic } from './traffic.ts';

const POLL = 100;

const waves = {
  by: 'waves',
  waves: [
    { name: 'some', size: { by: 'percent', percent: 5 }, success: 95, soakSeconds: 3600, manual: false },
    { name: 'more', size: { by: 'percent', percent: 20 }, success: 95, soakSeconds: 3600, manual: false },
  ],
};

const rule = (signal: string, scope: object) => ({
  ...{ signal, scope, minimum: 100, threshold: { percent: 50 }, action: 'pause' },
});

/** None of them fires: each is looked at with every device that is done. */
const stopRules = [
  rule('failed', { by: 'campaign' }),
  rule('any', { by: 'attribute', attribute: 'depot' }),
  rule('timed-out', { by: 'campaign' }),
];

const target = { by: 'query', expression: 'tag = north', reevaluateSeconds: 0 };

const create = async (muster: Muster, name: string, plan: object): Promise<string> => {
  const packages = [await uploadPackage(muster, name)];
  const { id } = await muster.call<{ id: string }>('POST', '/campaigns', { name, packages, target, ...plan });
  return id;
};

type Jobs = { readonly items: readonly { readonly status: string; readonly work: string }[] };
type Rollout = { readonly waves: readonly { readonly devices: number | null }[] };

/** Milliseconds from the order until all devices were in, and until their waves were counted too. */
type Start = { readonly joined: number; readonly counted: number };

/** Starts a campaign, and waits for all that follows from it. */
export const startFully = async (muster: Muster, id: string): Promise<Start> => {
  const begun = performance.now();
  await muster.call('POST', `/campaigns/${id}/start?confirm=true`);
  let joined: number | undefined;
  for (;;) {
    const { items } = await muster.call<Jobs>('GET', `/campaigns/${id}/jobs`);
    const { waves: shown } = await muster.call<Rollout>('GET', `/campaigns/${id}/rollout`);
    const took = performance.now() - begun;
    if (items.some(({ status }) => status === 'failed')) throw new Error('a job of the campaign failed');
    const areIn = items.some(({ status, work }) => work === 'add-by-query' && status === 'done');
    if (areIn) joined ??= took;
    const areDone = items.every(({ status }) => status === 'done');
    if (joined !== undefined && areDone && shown.every(({ devices }) => devices !== null)) {
      return { joined, counted: took };
    }
    await sleep(POLL);
  }
};

/** The start of a campaign over the whole fleet: everybody joins, and is counted in a wave. */
export const benchStart = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'campaign start', engine, async (place) => {
    const { bulk, profile } = bench.options;
    await addDevices(place, bulk);
    const muster = await startMuster(place, profile);
    try {
      const id = await create(muster, 'waves', { rollout: waves });
      const { joined, counted } = await startFully(muster, id);
      const tell = (name: string, took: number): void =>
        bench.tell({
          ...{ name: `campaign start, ${name}, ${engine}`, value: (bulk / took) * 1000, unit: 'devices/s' },
          peakMemory: muster.peakMemory(),
        });
      tell('all devices in', joined);
      tell('waves counted', counted);
    } finally {
      await muster.stop();
    }
  });

/** More than any server here takes in a second. */
const FASTEST = 5_000;

const traffic = (
  { url, headers }: Muster,
  { options }: Bench,
  path: string,
  to: number,
  bodies: readonly string[] = [],
): Traffic => ({
  ...{ url, headers, method: 'POST', path, bodies, numbers: { from: 0, to }, order: 'once', pause: 0 },
  connections: options.connections,
});

const done = JSON.stringify({ phase: 'activation', step: 'complete' });

/** Reports that close an update: without anything that is counted, with tallies, and with rules to judge by. */
export const benchJudged = async (bench: Bench, engine: Engine): Promise<void> => {
  const plans = [
    ['nothing counted', {}],
    ['tallied', { concurrency: 1_000_000 }],
    ['three stop rules', { stopRules }],
    ['three stop rules and waves', { stopRules, rollout: { ...waves, waves: [whole] } }],
  ] as const;
  for (const [name, plan] of plans) {
    await withPlace(bench, `closing report, ${name}`, engine, async (place) => {
      const devices = Math.max(bench.options.connections * 2, Math.ceil(bench.options.seconds * FASTEST));
      await addDevices(place, devices);
      const muster = await startMuster(place, bench.options.profile);
      try {
        const id = await create(muster, 'rules', plan);
        await startFully(muster, id);
        const asking = traffic(muster, bench, `${api}/devices/${deviceName}/check-in`, devices);
        await bench.generator.run(asking, Number.POSITIVE_INFINITY);
        const path = `${api}/campaigns/${id}/devices/${deviceName}/reports`;
        const before = muster.processorTime() ?? Number.NaN;
        const load = await bench.generator.run(
          traffic(muster, bench, path, devices, [done]),
          bench.options.seconds * 1000,
        );
        const round = { load, processor: (muster.processorTime() ?? Number.NaN) - before };
        bench.tell({ name: `closing report, ${name}, ${engine}`, ...summaryOf([round], muster) });
      } finally {
        await muster.stop();
      }
    });
  }
};

const whole = {
  ...{ name: 'whole', size: { by: 'percent', percent: 100 }, success: 100, soakSeconds: 0, manual: false },
};
