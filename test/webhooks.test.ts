import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { createClient } from '../src/client/muster.ts';
import { configFromEnv } from '../src/server/config.ts';
import type { Context } from '../src/server/context.ts';
import { readEnv } from '../src/server/env.ts';
import { startServer } from '../src/server/server.ts';
import { openMemory } from '../src/store/memory.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { quickHashing } from './support/api.ts';
import {
  type Answering,
  answering,
  type Received,
  type Receiver,
  startReceiver,
} from './support/receiver.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const password = 'correct horse battery';

/** A whole server, which may push to this machine, with its administrator signed in. */
const start = async (given: Partial<Context> = {}, env: Readonly<Record<string, string>> = {}) => {
  const config = configFromEnv(
    readEnv({ MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: password, MUSTER_PUSH_ALLOW: '127.0.0.1', ...env }),
  );
  const overrides = { store: openMemory(), blobs: openMemoryBlobs(), hashing: quickHashing, ...given };
  const server = await startServer(config, pino({ level: 'silent' }), () => undefined, overrides);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= server.stop();
    return stopped;
  };
  closing.push(stop);
  const { token } = await createClient({ url: server.url }).signIn({
    body: { email: 'admin@localhost', password },
  });
  return { server, stop, client: createClient({ url: server.url, token }) };
};
type Started = Awaited<ReturnType<typeof start>>;

const receiver = async (answer?: Answering): Promise<Receiver> => {
  const started = await startReceiver(answer);
  closing.push(started.close);
  return started;
};

let made = 0;
const follow = async (
  { client }: Pick<Started, 'client'>,
  { url }: { url: string },
  only: string[],
  given = {},
) => {
  made += 1;
  const destination = await client.createDestination({ body: { name: `Receiver ${made}`, url, ...given } });
  const subscription = await client.createSubscription({ body: { destination: destination.id, only } });
  return { destination, subscription };
};

const newQuery = async ({ client }: Started): Promise<string> => {
  made += 1;
  return (await client.createQuery({ body: { name: `query ${made}`, expression: '' } })).id;
};

const dataOf = ({ body }: Received) => JSON.parse(body).data;

describe('a webhook', () => {
  it('tells of an event at once, signed as the reference library of Standard Webhooks has it', async () => {
    const started = await start();
    const at = await receiver();
    const { destination } = await follow(started, at, ['campaign-created']);
    const campaign = await started.client.createCampaign({ body: { name: 'Spring' } });
    const [message] = await at.came(1);
    if (message === undefined) throw new Error('nothing came');
    const payload = new Webhook(destination.secret ?? '').verify(message.body, { ...message.headers });
    expect(payload).toEqual({
      type: 'campaign-created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        ...{ account: 'DEFAULT', seq: expect.any(Number), device: null, name: 'Spring' },
        ...{ campaign: { id: campaign.id, name: 'Spring' }, actor: { kind: 'user', id: campaign.createdBy } },
      },
    });
    expect(message.headers['user-agent']).toBe('Muster');
  });

  it('arrives within the second in which the server would have looked by itself', async () => {
    const started = await start();
    const at = await receiver();
    await follow(started, at, ['query-saved']);
    await newQuery(started);
    await at.came(1);
    const took: number[] = [];
    for (let n = 2; n <= 12; n += 1) {
      const begun = performance.now();
      await newQuery(started);
      await at.came(n);
      took.push(performance.now() - begun);
    }
    // Had it waited for its turn, half of them would have taken more than half a second.
    expect(took.toSorted((a, b) => a - b)[5]).toBeLessThan(300);
  });

  it('is kept in the log of deliveries with what was sent and answered', async () => {
    const started = await start();
    const at = await receiver(answering(200, {}, 'thanks'));
    const { destination } = await follow(started, at, ['query-saved']);
    await newQuery(started);
    const [message] = await at.came(1);
    const delivered = async () =>
      (await started.client.listDeliveries({ query: { destination: destination.id } })).items;
    await expect.poll(async () => (await delivered())[0]?.status).toBe('delivered');
    const [listed] = await delivered();
    expect(listed?.id).toBe(message?.headers['webhook-id']);
    const whole = await started.client.getDelivery({ params: { delivery: listed?.id ?? '' } });
    expect(whole).toMatchObject({ body: message?.body, event: 'query-saved', tries: 1 });
    expect(whole.attempts).toEqual([
      {
        ...{ at: expect.any(String), tookMilliseconds: expect.any(Number) },
        ...{ status: 200, problem: '', answer: 'thanks' },
        ...{
          url: destination.url,
          headers: expect.objectContaining({ 'webhook-signature': message?.headers['webhook-signature'] }),
        },
      },
    ]);
    expect(JSON.stringify(whole)).not.toContain(destination.secret ?? 'no secret');
  });

  it('has its own path, headers and body where its subscription says so', async () => {
    const started = await start();
    const at = await receiver();
    const { destination } = await follow(started, at, ['query-deleted']);
    const secret = destination.secret ?? '';
    await started.client.createSubscription({
      body: {
        ...{ destination: destination.id, only: ['query-saved'], path: '/chat?room=ota' },
        ...{ headers: [{ name: 'X-Kind', value: 'ota' }], template: '{"text":"saved {{data.id}}"}' },
      },
    });
    const id = await newQuery(started);
    const [message] = await at.came(1);
    expect(message).toMatchObject({ path: '/chat?room=ota', headers: { 'x-kind': 'ota' } });
    expect(new Webhook(secret).verify(message?.body ?? '', { ...message?.headers })).toEqual({
      text: `saved ${id}`,
    });
    const delivery = message?.headers['webhook-id'] ?? '';
    expect((await started.client.getDelivery({ params: { delivery } })).body).toBe(message?.body);
  });

  it('is refused inside the network unless the operator allows it, also by a name that leads there', async () => {
    const started = await start({}, { MUSTER_PUSH_ALLOW: '' });
    const at = await receiver();
    const refused = follow(started, at, []);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'invalid', status: 422 } });
    expect(at.received).toEqual([]);
  });
});

describe('an order', () => {
  it('is kept although a receiver fails now and then', async () => {
    const started = await start();
    const arrived: string[] = [];
    const at = await receiver((reply, message, before) => {
      const fails = before % 4 === 1;
      if (!fails) arrived.push(dataOf(message).id);
      reply.writeHead(fails ? 503 : 204).end();
    });
    const retry = { intervalSeconds: 0.1, attempts: 100, withinSeconds: 3_600 };
    await follow(started, at, ['query-saved'], { order: 'strict', retry });
    const saved: string[] = [];
    for (let n = 0; n < 8; n += 1) saved.push(await newQuery(started));
    await expect.poll(() => arrived.length, { timeout: 20_000 }).toBe(8);
    expect(arrived).toEqual(saved);
  });
});

describe('a receiver that is dead', () => {
  it('delays nobody else', async () => {
    const started = await start();
    const dead = await receiver(() => undefined);
    const others = [];
    for (let n = 0; n < 20; n += 1) others.push(await receiver());
    await follow(started, dead, ['query-saved']);
    for (const other of others) await follow(started, other, ['query-saved']);
    for (let n = 0; n < 20; n += 1) await newQuery(started);
    await Promise.all(others.map((other) => other.came(20)));
    expect(dead.received.length).toBeLessThanOrEqual(8);
  });
});

describe('a server that stops', () => {
  it('lets what is on its way arrive and be recorded', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-webhooks-'));
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'muster.db');
    const started = await start({ store: await openSqlite(file) });
    const go = Promise.withResolvers<void>();
    const at = await receiver((reply) => void go.promise.then(() => reply.writeHead(204).end()));
    await follow(started, at, ['query-saved']);
    await newQuery(started);
    const [message] = await at.came(1);
    const stopping = started.stop();
    go.resolve();
    await stopping;
    const store = await openSqlite(file);
    closing.push(() => store.close());
    const account = await store.accounts.find('DEFAULT');
    const delivery =
      account && (await store.deliveries.find(account.key, message?.headers['webhook-id'] ?? ''));
    expect(delivery).toMatchObject({ status: 'delivered', tries: 1 });
  });

  it('waits no longer than it was told to, and sends again after its next start', async () => {
    const started = await start({}, { MUSTER_SHUTDOWN_TIMEOUT: '100ms' });
    const at = await receiver(() => undefined);
    await follow(started, at, ['query-saved']);
    await newQuery(started);
    const [message] = await at.came(1);
    const begun = performance.now();
    await started.stop();
    expect(performance.now() - begun).toBeLessThan(5_000);
    const { store } = started.server.context;
    const account = await store.accounts.find('DEFAULT');
    const delivery =
      account && (await store.deliveries.find(account.key, message?.headers['webhook-id'] ?? ''));
    expect(delivery).toMatchObject({ status: 'waiting', tries: 0 });
  });
});

describe('the server', () => {
  it('tells of what devices do', async () => {
    const started = await start();
    const at = await receiver();
    await follow(started, at, ['update-moved', 'device-registered']);
    await started.client.createDevice({ body: { id: 'gw-1', protocol: 'custom', model: 'GW' } });
    const [message] = await at.came(1);
    expect(message && dataOf(message)).toMatchObject({ device: { id: 'gw-1' }, id: 'gw-1' });
  });
});
