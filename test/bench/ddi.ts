import { createHash } from 'node:crypto';
import { againstRaw, atLeast, type Bench, warmUp, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { perSecond } from './load.ts';
import { addDevices, deviceName, type Muster, type Place, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { runSql } from './place-sql.ts';
import { latencyOf } from './statistics.ts';
import type { Traffic } from './traffic.ts';

const POLL_GOAL = 0.5;
const FEEDBACK_GOAL = 0.2;

/** Of every device: the server keeps its hash with each of them, and looks for it with that one alone. */
export const deviceSecret = 'the-secret-of-every-device';
export const deviceHeaders = { authorization: `TargetToken ${deviceSecret}`, accept: 'application/json' };
export const deviceBase = `/DEFAULT/controller/v1/${deviceName}`;

/** Devices that have a credential, put into the account of an empty place. */
export const addDdiDevices = async (place: Place, count: number): Promise<void> => {
  await addDevices(place, count);
  const hash = createHash('sha256').update(deviceSecret).digest('hex');
  await runSql(place, [
    `insert into credentials (account, device, id, kind, identity, hash, sealed, created_at, expires_at, version)
      select account, key, 'of-' || id, 0, '', '${hash}', '', 0, null, 1 from devices`,
  ]);
};

const traffic = (
  { url }: Muster,
  { options }: Bench,
  what: Pick<Traffic, 'method' | 'path' | 'bodies' | 'numbers' | 'order' | 'block'>,
): Traffic => ({ url, headers: deviceHeaders, connections: options.connections, pause: 0, ...what });

/** Polls of random devices that have nothing to do; each shows its own token. */
export const benchPolls = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'poll', engine, async (place) => {
    const { devices, profile } = bench.options;
    await addDdiDevices(place, devices);
    const muster = await startMuster(place, profile);
    try {
      const numbers = { from: 0, to: devices };
      const polls = traffic(muster, bench, {
        method: 'GET',
        path: deviceBase,
        bodies: [],
        numbers,
        order: 'random',
      });
      // A poll is idle when nothing has changed since the last one, so each device has asked once before.
      await bench.generator.run({ ...polls, order: 'once' }, Number.POSITIVE_INFINITY);
      await warmUp(bench, polls);
      const row = await againstRaw(bench, muster, () => polls);
      bench.tell({
        name: `idle poll, ${engine}`,
        ...row,
        ...(engine === 'SQLite' && { goal: atLeast(POLL_GOAL, row.ratio.value, `>= ${POLL_GOAL} raw`) }),
      });
    } finally {
      await muster.stop();
    }
  });

/** What each device says in turn. */
export const said = [
  { execution: 'proceeding', finished: 'none', details: ['Installing Update Chunk Artifacts.'] },
  { execution: 'downloaded', finished: 'none', details: ['Download complete.'] },
  { execution: 'proceeding', finished: 'none', details: ['Installed Chunk.', 'All Chunks Installed.'] },
  { execution: 'closed', finished: 'success', details: ['Update Installed.'] },
].map(({ execution, finished, details }) =>
  JSON.stringify({ status: { execution, result: { finished }, details } }),
);

/** More than any server here takes in a second: a round must not run out of reports. */
const FASTEST = 20_000;

/** First polls that hand every device its download, then feedback: each is answered once it is flushed. */
export const benchFeedback = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'feedback', engine, async (place) => {
    const { options } = bench;
    const each = Math.max(options.connections * 2, Math.ceil((options.seconds * FASTEST) / said.length));
    const devices = each * (options.rounds + 1);
    await addDdiDevices(place, devices);
    const muster = await startMuster(place, options.profile);
    try {
      const campaign = await createCampaign(muster);
      await addAllDevices(muster, campaign);
      await muster.call('POST', `/campaigns/${campaign}/start`);
      await firstPolls(bench, muster, engine, devices);
      await measureFeedback(bench, muster, engine, each);
    } finally {
      await muster.stop();
    }
  });

const firstPolls = async (bench: Bench, muster: Muster, engine: Engine, devices: number): Promise<void> => {
  const numbers = { from: 0, to: devices };
  const polls = traffic(muster, bench, {
    method: 'GET',
    path: deviceBase,
    bodies: [],
    numbers,
    order: 'once',
  });
  const load = await bench.generator.run(polls, Number.POSITIVE_INFINITY);
  bench.tell({
    name: `first poll, ${engine}`,
    value: perSecond(load),
    unit: 'requests/s',
    latency: latencyOf([load.latencies]),
    peakMemory: muster.peakMemory(),
  });
};

type Links = Readonly<Record<string, { readonly href: string }>>;

/** What a device is told to do: the link in the answer to its poll. */
export const deploymentOf = async ({ url }: Pick<Muster, 'url'>, number: number): Promise<string> => {
  const reply = await fetch(url + deviceBase.replace('{}', `${number}`), { headers: deviceHeaders });
  const { _links } = (await reply.json()) as { readonly _links?: Links };
  const link = _links?.['deploymentBase']?.href;
  if (link === undefined) throw new Error(`device ${number} has nothing to do: ${reply.status}`);
  return link;
};

/** So many devices are at the same report, before the next ones begin: a round has as many of each. */
const ABREAST = 256;

/** All devices of a campaign have the same action id. */
const measureFeedback = async (bench: Bench, muster: Muster, engine: Engine, each: number): Promise<void> => {
  const action = /deploymentBase\/(\d+)/.exec(await deploymentOf(muster, 0))?.[1];
  const told = {
    method: 'POST',
    path: `${deviceBase}/deploymentBase/${action}/feedback`,
    bodies: said,
  } as const;
  const slice = (index: number): Traffic => {
    const numbers = { from: index * each, to: (index + 1) * each };
    return traffic(muster, bench, { ...told, numbers, order: 'once', block: ABREAST });
  };
  await bench.generator.run(slice(0), Math.min(1000, bench.options.seconds * 1000));
  const reading = { ...told, headers: deviceHeaders, name: `raw node:http, feedback read, beside ${engine}` };
  const row = await againstRaw(bench, muster, (round) => slice(round + 1), reading);
  bench.tell({
    name: `feedback, ${engine}`,
    ...row,
    ...(engine === 'SQLite' && {
      goal: atLeast(FEEDBACK_GOAL, row.ratio.value, `>= ${FEEDBACK_GOAL} raw`),
    }),
  });
};
