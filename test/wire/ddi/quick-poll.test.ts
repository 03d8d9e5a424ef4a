import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLastSeen } from '../../../src/app/last-seen.ts';
import type { Store } from '../../../src/app/ports.ts';
import { configFromEnv } from '../../../src/server/config.ts';
import { readEnv } from '../../../src/server/env.ts';
import { createHttp } from '../../../src/server/http.ts';
import { createMeters, type Meters } from '../../../src/server/meters.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { must } from '../../contract/store/world.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { actionOf, deviceOf, type Fleet, startFleet, type TestCampaign, type TestDevice } from './fleet.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-quick-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The same world behind a server that answers polls from memory where it may, and one that never does. */
type Pair = {
  readonly fleet: Fleet;
  /** What both answer byte for byte but for the date, and whether the first has asked the store for it. */
  readonly ask: (
    device: Pick<TestDevice, 'id' | 'token'>,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ) => Promise<{ readonly quick: string; readonly long: string; readonly asked: boolean }>;
  readonly metersOf: Meters;
  readonly ports: readonly number[];
  readonly close: () => Promise<void>;
};

const listening = async (http: FastifyInstance): Promise<number> => {
  await http.listen({ host: '127.0.0.1', port: 0 });
  const address = http.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const noTraces = { observe: () => undefined };

const startPair = async (store: Store, env: Readonly<Record<string, string>> = {}): Promise<Pair> => {
  let questions = 0;
  const watched: Store = {
    ...store,
    updates: {
      ...store.updates,
      newestSuccess: (...which) => {
        questions += 1;
        return store.updates.newestSuccess(...which);
      },
    },
  };
  const fleet = await startFleet(env, { store: watched });
  const { context } = fleet.api;
  const config = configFromEnv(readEnv({ MUSTER_RATE_LIMIT: '0', ...env }));
  const log = pino({ level: 'silent' });
  const meters = createMeters();
  const seen = createLastSeen(context.store, context.clock);
  const watching = { meters, tracing: undefined };
  const quick = await createHttp(config, context, log, () => undefined, seen, watching);
  const traced = { meters: createMeters(), tracing: noTraces };
  const long = await createHttp(config, context, log, () => undefined, seen, traced);
  const [port, other] = [await listening(quick), await listening(long)];
  const get = async (at: number, path: string, headers: Readonly<Record<string, string>>) => {
    const fields = { host: 'updates.example', ...headers, connection: 'close' };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const { text } = await sendRaw(at, `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return text.replace(/^date: .*\r\n/im, '');
  };
  return {
    fleet,
    ports: [port, other],
    metersOf: meters,
    ask: async ({ id, token }, headers = {}, path = `/DEFAULT/controller/v1/${id}`) => {
      const shown = { authorization: `TargetToken ${token}`, accept: 'application/json', ...headers };
      const before = questions;
      const one = await get(port, path, shown);
      const asked = questions > before;
      return { quick: one, long: await get(other, path, shown), asked };
    },
    close: async () => {
      await Promise.all([quick.close(), long.close()]);
      await fleet.api.close();
    },
  };
};

let files = 0;
const openFile = (): Promise<Store> => {
  files += 1;
  return openSqlite(join(directory, `${files}.sqlite`));
};

const stores = [
  ['SQLite', openFile],
  ['memory', async () => openMemory()],
] as const;

describe.each(stores)('a poll over %s', (_, open) => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await startPair(await open());
  });
  afterEach(() => pair.close());

  /** Polls until the answer comes from memory. */
  const settled = async (device: TestDevice): Promise<void> => {
    await pair.ask(device);
    expect((await pair.ask(device)).asked).toBe(false);
  };

  it('is answered from memory when nothing has changed since the last one, and with the same bytes', async () => {
    const device = await pair.fleet.device();
    const first = await pair.ask(device);
    const second = await pair.ask(device);
    expect([first.asked, second.asked]).toEqual([true, false]);
    expect(first.quick).toBe(first.long);
    expect(second.quick).toBe(first.quick);
    expect(second.quick).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('keeps one answer for each form of a question, and none for a question of another', async () => {
    const device = await pair.fleet.device();
    await settled(device);
    for (const headers of [
      { accept: '*/*' },
      { accept: 'text/html' },
      { host: 'elsewhere.example' },
      { authorization: 'TargetToken wrong' },
      { authorization: '' },
      { 'content-length': '0' },
    ]) {
      await settled(device);
      const { quick, long, asked } = await pair.ask(device, headers);
      expect(quick).toBe(long);
      expect(asked || quick.startsWith('HTTP/1.1 4')).toBe(true);
    }
  });

  it('is 304 from memory to whoever knows the answer', async () => {
    const device = await pair.fleet.device();
    const { quick } = await pair.ask(device);
    const [, etag = ''] = /^etag: (.*)$/im.exec(quick) ?? [];
    const known = { 'if-none-match': etag.trim() };
    await pair.ask(device, known);
    const again = await pair.ask(device, known);
    expect(again).toEqual({ quick: again.long, long: again.long, asked: false });
    expect(again.quick).toMatch(/^HTTP\/1\.1 304 /);
  });

  it('counts as contact and as a poll all the same', async () => {
    const device = await pair.fleet.device();
    await settled(device);
    const pollsOf = (text: string): number =>
      Number(/^muster_polls_total\{protocol="ddi"\} (\d+)$/m.exec(text)?.[1]);
    const now = { at: 0, overview: undefined, streams: 0 };
    const before = pollsOf(pair.metersOf.text(now));
    pair.fleet.api.pass(5_000);
    expect((await pair.ask(device)).asked).toBe(false);
    const text = pair.metersOf.text(now);
    expect(pollsOf(text)).toBe(before + 1);
    expect(text).toMatch(
      new RegExp(
        `duration_seconds_count\\{method="GET",route="[^"]*controllerId",status="200"\\} ${before + 1}`,
      ),
    );
  });

  it('is asked of the store again once the credential has expired', async () => {
    const { api } = pair.fleet;
    const id = 'short-lived';
    await api.call('POST', '/devices', { body: { id, protocol: 'ddi' } });
    const expiresAt = new Date(api.context.clock() + 60_000).toISOString();
    const { body } = await api.call('POST', `/devices/${id}/credentials`, { body: { expiresAt } });
    const device = deviceOf(api, id, body.secret);
    await settled(device);
    api.pass(60_000);
    const { quick, long } = await pair.ask(device);
    expect(quick).toBe(long);
    expect(quick).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('is never answered from memory while an update waits or is offered', async () => {
    const device = await pair.fleet.device();
    await settled(device);
    await pair.fleet.campaign([device]);
    expect((await pair.ask(device)).quick).toContain('deploymentBase');
    expect((await pair.ask(device)).asked).toBe(true);
  });

  it('of one device stays in memory while others report', async () => {
    const [idle, busy] = [await pair.fleet.device(), await pair.fleet.device()];
    await pair.fleet.campaign([busy]);
    const { deploymentBase } = await busy.links();
    await settled(idle);
    await busy.say('deploymentBase', actionOf(deploymentBase), 'proceeding');
    expect((await pair.ask(idle)).asked).toBe(false);
  });

  it('has the same bytes where the connection stays open', async () => {
    const device = await pair.fleet.device();
    await settled(device);
    const head = (more: string) =>
      `GET /DEFAULT/controller/v1/${device.id} HTTP/1.1\r\nhost: a\r\nauthorization: TargetToken ${device.token}\r\n${more}\r\n`;
    const [quick, long] = await Promise.all(
      pair.ports.map(async (port) => {
        await sendRaw(port, head('connection: close\r\n'));
        return sendRaw(port, head(''), head('connection: close\r\n'));
      }),
    );
    const undated = (text = '') => text.replaceAll(/^date: .*\r\n/gim, '');
    expect(undated(quick?.text)).toBe(undated(long?.text));
    expect(quick?.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(quick?.text).toMatch(/^keep-alive: /im);
  });
});

it('asks the store again once another process has written to the same file', async () => {
  const file = join(directory, 'shared.sqlite');
  const pair = await startPair(await openSqlite(file));
  const other = await openSqlite(file);
  try {
    const device = await pair.fleet.device();
    await pair.ask(device);
    expect((await pair.ask(device)).asked).toBe(false);
    const account = must(await other.accounts.find('DEFAULT'));
    const found = must(await other.devices.find(account.key, device.id));
    const [was] = await other.devices.credentials(account.key, found.key);
    await other.commit({
      account: account.key,
      writes: [{ drop: 'credential', was: must(was) }],
      events: [],
    });
    const { quick, long } = await pair.ask(device);
    expect(quick).toBe(long);
    expect(quick).toMatch(/^HTTP\/1\.1 401 /);
  } finally {
    await other.close();
    await pair.close();
  }
});

/** All that may change what one of two devices is answered, by anybody. */
type World = { readonly fleet: Fleet; readonly devices: TestDevice[]; readonly campaigns: TestCampaign[] };
type Doing = (world: World, which: number) => Promise<unknown>;

const pick = <Item>(items: readonly Item[], which: number): Item | undefined => items[which % items.length];

const inCampaign =
  (verb: string): Doing =>
  async ({ campaigns }, which) =>
    pick(campaigns, which)?.command(verb);

const deviceCall =
  (method: 'PATCH' | 'POST' | 'DELETE', path: string, body: object): Doing =>
  async ({ fleet, devices }, which) =>
    fleet.api.call(method, `/devices/${pick(devices, which)?.id}${path}`, { body });

const ofMember =
  (path: string, body: object): Doing =>
  async ({ fleet, devices, campaigns }, which) =>
    fleet.api.call(
      'POST',
      `/campaigns/${pick(campaigns, which)?.id}/devices/${pick(devices, which)?.id}${path}`,
      { body },
    );

const say =
  (execution: string, finished: string): Doing =>
  async ({ devices }, which) => {
    const device = must(pick(devices, which));
    const links = (await device.ask('GET')).body._links ?? {};
    const link = links.deploymentBase ?? links.cancelAction;
    const base = links.deploymentBase === undefined ? 'cancelAction' : 'deploymentBase';
    if (link !== undefined) await device.say(base, actionOf(link.href), execution, finished);
  };

/** Tests begin at 08:00 UTC. */
const fromTenOn = {
  notBefore: null,
  windows: [
    { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], zone: 'utc', from: '10:00', to: '11:00' },
  ],
};

const doings: Readonly<Record<string, Doing>> = {
  'a campaign begins': async ({ fleet, devices, campaigns }, which) => {
    const members = which % 3 === 0 ? devices : [must(pick(devices, which))];
    const plan = [{}, { checkpoints: ['download'] }, { download: fromTenOn }];
    campaigns.push(await fleet.campaign(members, plan[which % plan.length]));
  },
  'a campaign is paused': inCampaign('pause'),
  'a campaign goes on': inCampaign('resume'),
  'a campaign is cancelled': inCampaign('cancel'),
  'a campaign ends': inCampaign('end'),
  'a device is renamed': deviceCall('PATCH', '', { name: 'another' }),
  'attributes are asked for': deviceCall('POST', '/request-attributes', {}),
  'a credential takes the place of others': deviceCall('POST', '/credentials', { replacesAfter: 0 }),
  'an update is recalled': ofMember('/recall', {}),
  'an update is confirmed': ofMember('/confirm', {}),
  'the account polls at another pace': async ({ fleet }, which) =>
    fleet.access({ poll: { usualSeconds: 300 + which } }),
  'a device tells its attributes': async ({ devices }, which) =>
    pick(devices, which)?.ask('PUT', '/configData', { body: { data: { a: `${which}` } } }),
  'a device goes on': say('proceeding', 'none'),
  'a device succeeds': say('closed', 'success'),
  'a device fails': say('closed', 'failure'),
  'a device agrees to everything': async ({ devices }, which) =>
    pick(devices, which)?.ask('POST', '/confirmationBase/activateAutoConfirm', { body: {} }),
  'time passes': async ({ fleet }, which) => fleet.api.pass((which % 40) * 240_000),
};

describe.each(stores)('whatever is written between polls over %s', (_, open) => {
  it('both ways give the same answer', { timeout: 240_000 }, async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(doings)), fc.nat({ max: 119 })), {
      minLength: 3,
      maxLength: 10,
    });
    let fromMemory = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (chosen) => {
        const pair = await startPair(await open());
        try {
          const { fleet } = pair;
          const devices = [await fleet.device(), await fleet.device()];
          const world: World = { fleet, devices, campaigns: [] };
          for (const device of devices) await pair.ask(device);
          for (const [doing, which] of chosen) {
            await must(doings[doing])(world, which);
            for (const device of devices) {
              const { quick, long, asked } = await pair.ask(device);
              if (!asked) fromMemory += 1;
              expect(quick, doing).toBe(long);
            }
          }
        } finally {
          await pair.close();
        }
      }),
      { numRuns: 12 },
    );
    expect(fromMemory).toBeGreaterThan(0);
  });
});
