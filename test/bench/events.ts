import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, follow } from '../../src/client/muster.ts';
import { type Bench, withPlace } from './bench.ts';
import { addAllDevices, createCampaign } from './campaign.ts';
import { perSecond } from './load.ts';
import { addDevices, api, deviceName, type Muster, startMuster } from './muster.ts';
import type { Engine } from './options.ts';
import { latencyOf } from './statistics.ts';
import type { Traffic } from './traffic.ts';

/** Reports a second while latencies are measured. */
const PACE = 1_000;
/** Without a message for so many milliseconds, everything has arrived. */
const SILENCE = 2_000;

/** The time with fractions of a millisecond, comparable with that of other processes of this machine. */
const precisely = (): number => performance.timeOrigin + performance.now();

type Told = { readonly type: string; readonly at: string };

/** Counts what comes, and measures how long after it happened. */
const recorder = () => {
  let count = 0;
  let first = Number.NaN;
  let last = Number.NaN;
  let latencies: number[] = [];
  return {
    note: ({ type, at }: Told): void => {
      const now = precisely();
      if (count === 0) first = now;
      count += 1;
      last = now;
      if (type === 'update-moved') latencies.push(now - Date.parse(at));
    },
    begin: (): void => {
      count = 0;
      latencies = [];
    },
    /** Waits until nothing has come for a while. */
    silence: async (): Promise<void> => {
      for (let seen = -1; seen !== count; ) {
        seen = count;
        await sleep(SILENCE);
      }
    },
    perSecond: () => (count / (last - first)) * 1_000,
    count: () => count,
    latency: () => latencyOf([Float64Array.from(latencies)]),
  };
};
type Recorder = ReturnType<typeof recorder>;

/** A receiver of webhooks that answers at once. */
const listen = async ({ note }: Recorder) => {
  const server = createServer((request, reply) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      reply.writeHead(204).end();
      const { type, timestamp } = JSON.parse(text) as { type: string; timestamp: string };
      note({ type, at: timestamp });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
};

const readStream = async (muster: Muster, { note }: Recorder, signal: AbortSignal): Promise<void> => {
  const token = muster.headers['authorization']?.replace('Bearer ', '') ?? '';
  for await (const message of follow(createClient({ url: muster.url, token }), { signal })) {
    if (message.type === 'events') for (const { type, at } of message.data.events) note({ type, at });
  }
};

const traffic = (
  { url, headers }: Muster,
  what: Pick<Traffic, 'path' | 'bodies' | 'numbers' | 'connections' | 'pause'>,
): Traffic => ({ url, headers, method: 'POST', order: 'once', ...what });

/** Everything that devices do is pushed to a receiver on this machine: how much of it, and how soon. */
export const benchEvents = async (bench: Bench, engine: Engine): Promise<void> =>
  withPlace(bench, 'events', engine, async (place) => {
    const { options } = bench;
    const devices = Math.max(options.connections * 2, Math.ceil(options.seconds * PACE));
    await addDevices(place, devices);
    const [hooks, stream] = [recorder(), recorder()];
    const receiver = await listen(hooks);
    const muster = await startMuster(place, options.profile, { MUSTER_PUSH_ALLOW: '127.0.0.1' });
    const over = new AbortController();
    try {
      const campaign = await createCampaign(muster);
      await addAllDevices(muster, campaign);
      await muster.call('POST', `/campaigns/${campaign}/start`);
      await subscribe(muster, receiver.url);
      await outbox(bench, muster, engine, { devices, hooks });
      const following = readStream(muster, stream, over.signal);
      await latencies(bench, muster, engine, { campaign, devices, hooks, stream });
      over.abort();
      await following;
    } finally {
      over.abort();
      await muster.stop();
      receiver.close();
    }
  });

const subscribe = async (muster: Muster, url: string): Promise<void> => {
  const { id } = await muster.call<{ id: string }>('POST', '/destinations', { name: 'Bench', url });
  await muster.call('POST', '/subscriptions', { destination: id });
};

/** As many check-ins as the server takes: their events pile up, and leave as fast as they can. */
const outbox = async (
  { generator, options, tell }: Bench,
  muster: Muster,
  engine: Engine,
  { devices, hooks }: { readonly devices: number; readonly hooks: Recorder },
): Promise<void> => {
  const path = `${api}/devices/${deviceName}/check-in`;
  const { connections } = options;
  const numbers = { from: 0, to: devices };
  await generator.run(
    traffic(muster, { path, bodies: [], numbers, connections, pause: 0 }),
    Number.POSITIVE_INFINITY,
  );
  await hooks.silence();
  tell({
    name: `events to one receiver, ${engine}`,
    value: hooks.perSecond(),
    unit: 'messages/s',
    peakMemory: muster.peakMemory(),
  });
};

type Measured = {
  readonly campaign: string;
  readonly devices: number;
  readonly hooks: Recorder;
  readonly stream: Recorder;
};

/** Reports at a steady pace, and how long after each its message arrives. */
const latencies = async (
  { generator, options, tell }: Bench,
  muster: Muster,
  engine: Engine,
  { campaign, devices, hooks, stream }: Measured,
): Promise<void> => {
  const path = `${api}/campaigns/${campaign}/devices/${deviceName}/reports`;
  const bodies = [JSON.stringify({ phase: 'download', step: 'complete' })];
  // Many, each with a long pause, so that the time of an answer hardly changes the pace.
  const connections = options.connections * 4;
  const pause = (connections / PACE) * 1_000;
  for (const { begin } of [hooks, stream]) begin();
  const reports = traffic(muster, { path, bodies, numbers: { from: 0, to: devices }, connections, pause });
  const load = await generator.run(reports, Number.POSITIVE_INFINITY);
  await hooks.silence();
  const pace = { value: perSecond(load), unit: 'reports/s' };
  tell({ name: `report to webhook, ${engine}`, ...pace, latency: hooks.latency() });
  tell({ name: `report to live stream, ${engine}`, ...pace, latency: stream.latency() });
};
