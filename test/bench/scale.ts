import { type Bench, warmUp, withPlace } from './bench.ts';
import { uploadPackage } from './campaign.ts';
import { fillLongFleet } from './long-fleet.ts';
import { api, type Muster, type Place, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { numbers, runSql } from './place-sql.ts';
import { startFully } from './rollouts.ts';
import { latencyOf } from './statistics.ts';
import type { Traffic } from './traffic.ts';

/** Rows of history for each device. */
const EVENTS = 10;
const LIST_GOAL = 200;
const STATUS_GOAL = 5;
const BULK_GOAL = 10;

/** A history of every device, a day apart, as ten campaigns would have left it. */
const history = (devices: number): readonly string[] => {
  const count = devices * EVENTS;
  return [
    `${numbers(count)} insert into events (seq, at, account, campaign, device, actor_kind, wire, actor_id, body)
      select sequences.next + n - 1, 1700000000000 + n, account, 1, 1 + n % ${devices}, 0, 0, null,
        '{"type":"update-moved","to":"download-running"}'
      from numbers cross join sequences where sequences.name = 'events'`,
    `update sequences set next = next + ${count} where name = 'events'`,
  ];
};

/** What operators ask for, by name; `{}` is another number each time. */
const questions = (campaign: string) => ({
  'list, first page': '/devices?limit=100',
  'list, page anywhere': '/devices?limit=100&offset={}',
  'list, filtered': `/devices?limit=100&where=${encodeURIComponent('model = "TCU-3" and tag = lab')}`,
  'list, filtered, page anywhere': `/devices?limit=100&offset={}&where=${encodeURIComponent('model = "TCU-3"')}`,
  'members, page anywhere': `/campaigns/${campaign}/devices?limit=100&offset={}`,
  'members, failed': `/campaigns/${campaign}/devices?limit=100&outcome=failed`,
  'history of a device': '/devices/device-{}/events?limit=100',
  'history of the account': '/events?limit=100',
});

const measureLists = async (bench: Bench, muster: Muster, engine: Engine, campaign: string) => {
  const { generator, options, tell } = bench;
  // A fifth of the fleet is of the model that is asked for: a place anywhere is one that is there.
  const to = Math.max(1, Math.floor(options.bulk / 5) - 100);
  for (const [name, path] of Object.entries(questions(campaign))) {
    const asked: Traffic = {
      ...{ url: muster.url, method: 'GET', headers: muster.headers, bodies: [], order: 'random' },
      ...{ path: `${api}${path}`, numbers: { from: 0, to }, connections: 1, pause: 0 },
    };
    await warmUp(bench, asked);
    const load = await generator.run(asked, options.seconds * 1000);
    const latency = latencyOf([load.latencies]);
    tell({
      ...{
        name: `${name}, ${engine}`,
        value: load.answered / (load.milliseconds / 1000),
        unit: 'requests/s',
      },
      ...{ latency, goal: { text: `p99 < ${LIST_GOAL} ms`, met: latency.p99 < LIST_GOAL } },
    });
  }
};

const measureStatus = async (bench: Bench, muster: Muster, engine: Engine, campaign: string) => {
  const { generator, options, tell } = bench;
  const asked: Traffic = {
    ...{ url: muster.url, method: 'GET', headers: muster.headers, bodies: [], order: 'random' },
    ...{ path: `${api}/campaigns/${campaign}`, numbers: { from: 0, to: 1 }, connections: 1, pause: 0 },
  };
  await warmUp(bench, asked);
  const load = await generator.run(asked, options.seconds * 1000);
  const latency = latencyOf([load.latencies]);
  tell({
    ...{ name: `status of a campaign, ${engine}`, unit: 'requests/s' },
    value: load.answered / (load.milliseconds / 1000),
    ...{ latency, goal: { text: `p99 < ${STATUS_GOAL} ms`, met: latency.p99 < STATUS_GOAL } },
  });
};

const measureStart = async (bench: Bench, muster: Muster, engine: Engine) => {
  const packages = [await uploadPackage(muster, 'all')];
  const target = { by: 'query', expression: 'tag = north', reevaluateSeconds: 0 };
  const begun = performance.now();
  const { id } = await muster.call<{ id: string }>('POST', '/campaigns', { name: 'all', packages, target });
  const created = (performance.now() - begun) / 1000;
  const { joined } = await startFully(muster, id);
  const within = (value: number) => ({ text: `< ${BULK_GOAL} s`, met: value < BULK_GOAL });
  bench.tell({
    ...{ name: `campaign over all created, ${engine}`, value: created, unit: 's' },
    goal: within(created),
  });
  bench.tell({
    ...{ name: `campaign over all started, ${engine}`, value: joined / 1000, unit: 's' },
    ...{ goal: within(joined / 1000), peakMemory: muster.peakMemory() },
  });
};

/** Lists, status and a campaign over everybody in a database of many devices with a long history. */
export const benchScale = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'scale', engine, async (place: Place) => {
    const { bulk, profile } = bench.options;
    const campaign = await fillLongFleet(place, bulk);
    await runSql(place, history(bulk));
    const muster = await startMuster(place, profile);
    try {
      await measureLists(bench, muster, engine, campaign);
      await measureStatus(bench, muster, engine, campaign);
      await measureStart(bench, muster, engine);
    } finally {
      await muster.stop();
    }
  });
