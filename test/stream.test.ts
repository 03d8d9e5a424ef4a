import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createLive } from '../src/app/live.ts';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { createClient, follow, ProblemError, type StreamMessage } from '../src/client/muster.ts';
import { configFromEnv } from '../src/server/config.ts';
import type { Context } from '../src/server/context.ts';
import { readEnv } from '../src/server/env.ts';
import { startServer } from '../src/server/server.ts';
import { openMemory } from '../src/store/memory.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { quickHashing } from './support/api.ts';
import { newTenant, tokenFor } from './support/tenant.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const password = 'correct horse battery';

const start = async (given: Partial<Context> = {}, env: Readonly<Record<string, string>> = {}) => {
  const config = configFromEnv(readEnv({ MUSTER_PORT: '0', MUSTER_ADMIN_PASSWORD: password, ...env }));
  const overrides = { store: openMemory(), blobs: openMemoryBlobs(), hashing: quickHashing, ...given };
  const server = await startServer(config, pino({ level: 'silent' }), () => undefined, overrides);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= server.stop();
    return stopped;
  };
  closing.push(stop);
  const { url } = server;
  const session = { email: 'admin@localhost', password };
  const { token } = await createClient({ url }).signIn({ body: session });
  return { server, url, token, stop, client: createClient({ url, token }) };
};

type Client = Awaited<ReturnType<typeof start>>['client'];

/** What comes over a stream, gathered; resolves once it is open. */
const listen = async (client: Client, options: Parameters<typeof follow>[1] = {}) => {
  const stop = new AbortController();
  closing.push(() => stop.abort());
  const messages: StreamMessage[] = [];
  const opened = Promise.withResolvers<void>();
  let looks: (() => void)[] = [];
  const openStream: Client['openStream'] = async (input) => {
    const response = await client.openStream(input);
    opened.resolve();
    return response;
  };
  const run = async (): Promise<void> => {
    for await (const message of follow({ openStream }, { signal: stop.signal, pause: 10, ...options })) {
      messages.push(message);
      for (const look of looks) look();
    }
  };
  const over = run();
  over.catch(opened.reject);
  await opened.promise;
  /** Resolves with the messages once they are what is waited for. */
  const until = (test: () => boolean): Promise<readonly StreamMessage[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!test()) return;
        looks = looks.filter((one) => one !== look);
        resolve(messages);
      };
      looks.push(look);
      look();
    });
  const events = () => messages.flatMap((message) => (message.type === 'events' ? message.data.events : []));
  const types = () => events().map(({ type }) => type);
  return { messages, events, types, until, over, stop: () => stop.abort() };
};

/** Breaks off after the piece in which a text comes. */
const endingAfter = (text: string): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    transform: (bytes, out) => {
      out.enqueue(bytes);
      if (Buffer.from(bytes).includes(text)) out.terminate();
    },
  });

const newCampaign = async (client: Client, name = 'Spring') => {
  const { id } = await client.createDevice({ body: { id: `${name}-device` } });
  const campaign = await client.createCampaign({ body: { name } });
  return { campaign: campaign.id, device: id };
};

describe('GET /stream', () => {
  it('tells what happens, and how far a campaign is, to the client of the API', async () => {
    const { client } = await start();
    const stream = await listen(client);
    const { campaign, device } = await newCampaign(client);
    await client.addCampaignDevices({ params: { campaign }, body: { devices: [device] } });
    await stream.until(() =>
      stream.messages.some(({ type, data }) => type === 'campaign-progress' && data.counts.total === 1),
    );
    await stream.until(() => stream.events().length === 3);
    expect(stream.types()).toEqual(['device-registered', 'campaign-created', 'updates-added']);
    expect(stream.events()[1]).toMatchObject({ campaign, device: null, data: { name: 'Spring' } });
    expect(stream.events()[0]).toMatchObject({ campaign: null, device });
    const progress = stream.messages.findLast(({ type }) => type === 'campaign-progress');
    expect(progress?.data).toMatchObject({ campaign, status: 'draft', counts: { total: 1 } });
  });

  it('tells only of the campaign, the device and the types that are asked for', async () => {
    const { client } = await start();
    const one = await newCampaign(client, 'One');
    const two = await newCampaign(client, 'Two');
    const ofCampaign = await listen(client, { query: { campaign: one.campaign } });
    const ofDevice = await listen(client, { query: { device: two.device } });
    const ofType = await listen(client, { query: { types: ['updates-added'] } });
    for (const { campaign, device } of [one, two]) {
      await client.addCampaignDevices({ params: { campaign }, body: { devices: [device] } });
      await client.editDevice({ params: { device }, body: { name: 'Truck' } });
    }
    await ofDevice.until(() => ofDevice.events().length === 1);
    await ofType.until(() => ofType.events().length === 2);
    await ofCampaign.until(() => ofCampaign.events().length === 1);
    expect(ofCampaign.events()).toMatchObject([{ campaign: one.campaign, type: 'updates-added' }]);
    expect(ofDevice.events()).toMatchObject([{ device: two.device, type: 'device-changed' }]);
    expect(ofType.types()).toEqual(['updates-added', 'updates-added']);
  });

  it('goes on by itself where it broke off, without a gap', async () => {
    const { client } = await start();
    let broken = 0;
    const cut: Client['openStream'] = async (input) => {
      const response = await client.openStream(input);
      if (broken === 3 || response.body === null) return response;
      broken += 1;
      return new Response(response.body.pipeThrough(endingAfter('event: events')));
    };
    const stream = await listen({ ...client, openStream: cut });
    const names = Array.from({ length: 30 }, (_, n) => `d-${n}`);
    for (const [index, id] of names.entries()) {
      await client.createDevice({ body: { id } });
      // Each of the first messages cuts the stream, so that the others happen while nobody listens or afterwards.
      if (index < 3) await stream.until(() => stream.events().length > index);
    }
    await stream.until(() => new Set(stream.events().map(({ device }) => device)).size === 30);
    expect([...new Set(stream.events().map(({ device }) => device))]).toEqual(names);
    expect(broken).toBe(3);
  });

  it('shows what is about campaigns and devices to those who may see that, and nothing else to anybody', async () => {
    const { server, url, client } = await start();
    const tenant = await newTenant(server.context);
    const user = await tenant.person('Administrator');
    const as = async (permissions: readonly ('View Campaign' | 'View Device' | 'View Package')[]) => {
      const token = await tokenFor(server.context, user, { permissions });
      return createClient({ url, token });
    };
    const refusal = await follow(await as(['View Package']))
      .next()
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    expect(refusal).toMatchObject({ problem: { status: 403, code: 'forbidden' } });
    const devicesOnly = await as(['View Device']);
    await expect(
      follow(devicesOnly, { query: { campaign: tenant.ids.campaign } }).next(),
    ).rejects.toMatchObject({
      problem: { status: 403 },
    });
    const [ofDevices, ofCampaigns] = [await listen(devicesOnly), await listen(await as(['View Campaign']))];
    const owner = createClient({ url, token: await tokenFor(server.context, user) });
    await newCampaign(client, 'Elsewhere');
    await owner.createRole({ body: { name: 'Readers', permissions: ['View Device'] } });
    await newCampaign(owner);
    await owner.createDevice({ body: { id: 'last' } });
    await ofDevices.until(() => ofDevices.events().length === 2);
    await ofCampaigns.until(() => ofCampaigns.messages.length === 2);
    expect(ofDevices.types()).toEqual(['device-registered', 'device-registered']);
    expect(ofCampaigns.types()).toEqual(['campaign-created']);
  });

  it.each([
    ['an id that is none', { lastEventId: 'x1' }, 422, 'invalid'],
    ['a type that there is not', { query: { types: ['no-such'] } }, 422, 'invalid'],
    ['a campaign that there is not', { query: { campaign: 'no-such' } }, 404, 'not-found'],
    ['a device that there is not', { query: { device: 'no-such' } }, 404, 'not-found'],
  ])('refuses %s', async (_, options, status, code) => {
    const { client } = await start();
    await expect(follow(client, options).next()).rejects.toMatchObject({ problem: { status, code } });
  });

  it('ends when the server stops, and does not hold that up', async () => {
    const { client, stop } = await start();
    const response = await client.openStream({});
    const reader = response.body?.getReader();
    const began = performance.now();
    await stop();
    expect(performance.now() - began).toBeLessThan(3_000);
    for (;;) {
      const part = await reader?.read();
      if (part === undefined || part.done) break;
    }
  });

  it('ends within a minute once its token is revoked, and lives longer than requests may take until then', async () => {
    const store = openMemory();
    const pace = 60;
    const live = createLive({
      store,
      elapsed: () => performance.now() * pace,
      later: (run, milliseconds) => {
        const timer = setTimeout(run, milliseconds / pace);
        return () => clearTimeout(timer);
      },
    });
    const { url, client } = await start({ store, live }, { MUSTER_REQUEST_TIMEOUT: '1s' });
    const { id, token: secret } = await client.createToken({ body: { name: 'for the stream' } });
    const stream = createClient({ url, token: secret });
    const response = await stream.openStream({});
    const began = performance.now();
    const ended = (async () => {
      for await (const _ of response.body ?? []);
      return (performance.now() - began) / 1_000;
    })();
    const early = await Promise.race([ended, new Promise((done) => setTimeout(done, 1_800, 'open'))]);
    expect(early).toBe('open');
    await client.revokeToken({ params: { token: id } });
    expect(await ended).toBeLessThan(1.8 + 60 / pace + 1);
    expect(live.open()).toBe(0);
  });

  it('holds up no other stream while its client does not read', async () => {
    const { url, token, client, server } = await start();
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    closing.push(() => void socket.destroy());
    socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await once(socket, 'data');
    socket.pause();
    const reading = await listen(client);
    expect(server.context.live.open()).toBe(2);
    await client.createDevice({ body: { id: 'd' } });
    await reading.until(() => reading.events().length === 1);
    expect(reading.types()).toEqual(['device-registered']);
  });

  it('sees what another process has written to the same database', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-stream-'));
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'muster.db');
    const { client } = await start({ store: await openSqlite(file) });
    const other = await start({ store: await openSqlite(file) });
    const stream = await listen(client);
    await other.client.createDevice({ body: { id: 'elsewhere' } });
    await stream.until(() => stream.events().length === 1);
    expect(stream.events()).toMatchObject([{ type: 'device-registered', device: 'elsewhere' }]);
  });
});
