import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createClient } from '../src/client/muster.ts';
import { configFromEnv } from '../src/server/config.ts';
import { createContext } from '../src/server/context.ts';
import { readEnv } from '../src/server/env.ts';
import { noteFigure } from './support/figures.ts';
import { type MovedClock, moveClockOf } from './support/moved-clock.ts';
import { killLaunched, serve } from './support/muster-process.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { type Received, type Receiver, startReceiver } from './support/receiver.ts';
import { sampleDevice } from './support/samples.ts';

const server = inject('postgresUrl');
const password = 'correct horse battery';
const SECOND = 1_000;
const CAMPAIGNS = 10;
/** R-12 asks for 100,000; by `MUSTER_TEST_PAUSED_DEVICES`. */
const DEVICES = Number(process.env['MUSTER_TEST_PAUSED_DEVICES'] ?? 20_000);
const TALKERS = 60;
const SILENT = 40;
const PATIENCE = 60 + DEVICES / 1_000;
const LONGEST = 4 * PATIENCE * SECOND;

/** The clock of the machine is set back by an hour when the process is told so. */
const SET_BACK = `--import=data:text/javascript,${encodeURIComponent(
  "const now = Date.now; let by = 0; process.on('SIGUSR2', () => { by = 36e5 }); Date.now = () => now() - by",
)}`;

type Client = ReturnType<typeof createClient>;
type Served = Awaited<ReturnType<typeof serve>> & { readonly client: Client };

const reports = [
  { phase: 'download', step: 'complete' },
  { phase: 'execution', step: 'running' },
  { phase: 'execution', step: 'complete' },
  { phase: 'activation', step: 'running' },
  { phase: 'activation', step: 'complete' },
] as const;

describe.skipIf(server === undefined)(
  'a process that was paused for longer than its leases',
  () => {
    let directory = '';
    let database: TestDatabase;
    let clock: MovedClock;
    let receiver: Receiver;
    let first: Served;
    let second: Served;
    let pack = '';

    const start = async (more: Readonly<Record<string, string>> = {}): Promise<Served> => {
      const served = await serve({
        MUSTER_DATA: directory,
        MUSTER_DATABASE_URL: database.url,
        MUSTER_ADMIN_PASSWORD: password,
        MUSTER_PUSH_ALLOW: '127.0.0.1',
        MUSTER_RATE_LIMIT: '0',
        ...more,
      });
      const { token } = await createClient({ url: served.url }).signIn({
        body: { email: 'admin@localhost', password },
      });
      return { ...served, client: createClient({ url: served.url, token }) };
    };

    /** Waits until rows of the database are as they should be. */
    const until = async (
      sql: string,
      values: readonly unknown[],
      isSo: (n: number) => boolean,
      seconds = 60,
    ) => {
      for (const deadline = performance.now() + seconds * SECOND; ; ) {
        const [row] = await clock.query<{ n: string }>(sql, values);
        if (isSo(Number(row?.n))) return;
        if (performance.now() > deadline) throw new Error(`it is still ${row?.n}: ${sql}`);
        await sleep(10);
      }
    };
    const eventsOf = async (campaign: string, type: string) =>
      clock.query<{ body: string; device: number; at: string }>(
        `select e.body, e.device, e.at from events as e join campaigns as c
           on c.account = e.account and c.key = e.campaign
           where c.id = $1 and e.body ->> 'type' = $2`,
        [campaign, type],
      );

    const addDevices = async (): Promise<void> => {
      const context = await createContext(
        configFromEnv(readEnv({ MUSTER_DATA: directory, MUSTER_DATABASE_URL: database.url })),
      );
      try {
        const account = await context.store.accounts.find('DEFAULT');
        if (account === undefined) throw new Error('there is no account');
        const by = { actor: { kind: 'server' }, now: context.clock() } as const;
        const named = (name: string, count: number, tagsOf: (index: number) => readonly string[]) =>
          Array.from({ length: count }, (_, index) => ({
            value: sampleDevice({ id: `${name}-${index}`, tags: tagsOf(index), createdAt: by.now }),
          }));
        const rows = [
          ...named('d', DEVICES, (index) => [`part-${index % CAMPAIGNS}`]),
          ...named('talker', TALKERS, () => ['talker']),
          ...named('silent', SILENT, () => ['silent']),
        ];
        for (let from = 0; from < rows.length; from += 10_000) {
          await context.store.devices.saveMany(account.key, rows.slice(from, from + 10_000), by);
        }
      } finally {
        await context.dispose();
      }
    };

    const create = async (name: string, more: object = {}): Promise<string> =>
      (await first.client.createCampaign({ body: { name, packages: [pack], ...more } })).id;
    const joinAll = async (campaign: string, devices: readonly string[]): Promise<void> => {
      await first.client.addCampaignDevices({ params: { campaign }, body: { devices: [...devices] } });
      await first.client.startCampaign({ params: { campaign } });
    };
    const names = (name: string, count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => `${name}-${index}`);
    const say = async ({ client }: Served, campaign: string, which: readonly number[]): Promise<void> => {
      await Promise.all(
        names('talker', TALKERS).map(async (device) => {
          for (const index of which) {
            const body = reports[index];
            if (body !== undefined) await client.reportUpdate({ params: { campaign, device }, body });
          }
        }),
      );
    };

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-pause-'));
      database = await createTestDatabase(server ?? '');
      clock = await moveClockOf(database.url);
      receiver = await startReceiver((reply) => {
        setTimeout(() => reply.writeHead(204).end(), 20);
      });
      first = await start();
      second = await start({ NODE_OPTIONS: SET_BACK });
      await addDevices();
      const bytes = { type: 'application/octet-stream', data: Buffer.from('firmware') } as const;
      pack = (await first.client.createPackage({ query: { name: 'fw', version: '2' }, bytes })).id;
    }, LONGEST);
    afterAll(async () => {
      if (first?.child.exitCode === null) first.child.kill('SIGCONT');
      killLaunched();
      await Promise.all([first?.exit, second?.exit]);
      await receiver?.close();
      await clock?.end();
      await database?.drop();
      await rm(directory, { recursive: true, force: true });
    });

    it(
      'does nothing that another has done meanwhile',
      async () => {
        const { client } = first;
        const destination = await client.createDestination({
          body: { name: 'receiver', url: receiver.url, order: 'strict' },
        });
        await client.createSubscription({
          body: { destination: destination.id, only: ['update-moved', 'update-closed', 'update-admitted'] },
        });
        const silent = await create('silent', {
          timeouts: { downloadSeconds: 60, executionSeconds: null, activationSeconds: null },
          retry: { attempts: 1, backOffSeconds: 0, classes: {}, coolDownSeconds: 0 },
        });
        await joinAll(silent, names('silent', SILENT));
        for (const device of names('silent', SILENT)) await client.checkIn({ params: { device } });
        const talking = await create('talking');
        await joinAll(talking, names('talker', TALKERS));
        for (const device of names('talker', TALKERS)) await client.checkIn({ params: { device } });

        const [later] = await clock.query<{ at: string }>(
          "select to_char((clock_timestamp() + interval '100 s') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as at",
        );
        const scheduled = await create('scheduled');
        await client.scheduleCampaign({
          params: { campaign: scheduled },
          body: { startAt: later?.at ?? '' },
        });

        const parts: string[] = [];
        for (let part = 0; part < CAMPAIGNS; part += 1) {
          const expression = `tag = part-${part}`;
          const target = { by: 'query', expression, reevaluateSeconds: 0 };
          parts.push(await create(`part ${part}`, { target }));
        }
        await say(first, talking, [0, 1]);
        await Promise.all(
          parts.map((campaign) => client.startCampaign({ params: { campaign }, query: { confirm: true } })),
        );
        // Some of its jobs are done, one is under way, and the others wait.
        await until('select count(*) as n from updates where campaign > 3', [], (n) => n > 0);
        first.child.kill('SIGSTOP');
        second.child.kill('SIGUSR2');
        const [left] = await clock.query<{ n: string }>('select count(*) as n from jobs where status < 2');
        expect(Number(left?.n)).toBeGreaterThan(0);

        // What the first has read is no longer so, and each of its leases is over.
        await say(second, talking, [2, 3]);
        await clock.pass(150 * SECOND);
        await until('select count(*) as n from jobs where status < 2', [], (n) => n === 0, PATIENCE);
        await until(
          "select count(*) as n from events where body ->> 'type' = 'campaign-started'",
          [],
          (n) => n === CAMPAIGNS + 3,
        );
        await until('select count(*) as n from updates where outcome > 0', [], (n) => n === SILENT);
        await until('select count(*) as n from outbox', [], (n) => n === 0);
        await until('select count(*) as n from deliveries where status = 0', [], (n) => n === 0);

        // The second has taken over all that is looked at every few seconds, by the clock that both share.
        const [after] = await clock.query<{ names: string; holders: string }>(
          `select count(*) as names, count(distinct holder) as holders from leases
             where name in ('work/due campaigns', 'work/due updates', 'work/rollouts', 'work/silent devices')
               and until > extract(epoch from clock_timestamp()) * 1000 - 30000`,
        );
        expect(after).toEqual({ names: '4', holders: '1' });

        first.child.kill('SIGCONT');
        await say(first, talking, [4]);
        await until('select count(*) as n from updates where outcome > 0', [], (n) => n === SILENT + TALKERS);
        // Every sweep of the first has had its turn, had it one, and what it held in memory has gone where it goes.
        await sleep(12 * SECOND);
        await until('select count(*) as n from outbox', [], (n) => n === 0);
        await until('select count(*) as n from deliveries where status = 0', [], (n) => n === 0);

        for (const campaign of parts) {
          const added = (await eventsOf(campaign, 'updates-added')).map(({ body }) =>
            JSON.parse(JSON.stringify(body)),
          );
          expect(added.reduce((sum, { count }) => sum + count, 0)).toBe(DEVICES / CAMPAIGNS);
          expect(await eventsOf(campaign, 'campaign-started')).toHaveLength(1);
        }
        const [counted] = await clock.query<Record<'updates' | 'devices' | 'counters', string>>(
          `select count(*) as updates, count(distinct device) as devices,
           (select sum(count) from campaign_counts) as counters from updates`,
        );
        const all = String(DEVICES + TALKERS + SILENT);
        expect(counted).toEqual({ updates: all, devices: all, counters: all });
        const [done] = await clock.query<{ n: string }>('select sum(done) as n from jobs');
        expect(done?.n).toBe(String(DEVICES));
        expect(await eventsOf(scheduled, 'campaign-started')).toHaveLength(1);
        const closed = await eventsOf(silent, 'update-closed');
        expect(new Set(closed.map(({ device }) => device)).size).toBe(SILENT);
        expect(closed).toHaveLength(SILENT);
        const told = await expectDeliveredOnce(receiver.received);

        // Whichever process wrote them, instants do not run back by the hour by which the clock of one was set back.
        const back = async (table: 'events' | 'audit', order: 'seq' | 'n'): Promise<number> => {
          const [span] = await clock.query<{ n: string }>(
            `select max(earlier - at) as n from
               (select at, max(at) over (order by ${order}) as earlier from ${table}) as e`,
          );
          return Number(span?.n);
        };
        expect(await back('events', 'seq')).toBeLessThan(2 * SECOND);
        expect(await back('audit', 'n')).toBeLessThan(2 * SECOND);
        for (const { err } of [first, second]) expect(err()).toBe('');
        const command = 'vitest run test/cluster-pause.test.ts';
        const result = `0 of ${DEVICES} devices joined twice, 0 events doubled, ${told} messages in order`;
        await noteFigure({ id: 'R-12', result, pass: true, seed: null, command });
        await noteFigure({
          ...{ id: 'R-15', part: 'beside a paused server' },
          result: 'leases and audit in order',
          pass: true,
          seed: null,
          command,
        });
      },
      LONGEST,
    );

    /** Each event of each device reached the receiver, in order once those that came again are left out. */
    const expectDeliveredOnce = async (received: readonly Received[]): Promise<number> => {
      const seen = new Set<string>();
      const lanes = new Map<string, number[]>();
      for (const { headers, body } of received) {
        const id = headers['webhook-id'] ?? '';
        if (seen.has(id)) continue;
        seen.add(id);
        const { device, seq }: { device: string; seq: number } = JSON.parse(body).data;
        lanes.set(device, [...(lanes.get(device) ?? []), seq]);
      }
      for (const seqs of lanes.values()) expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      const [told] = await clock.query<{ n: string }>(
        `select count(*) as n from events
           where device > 0 and body ->> 'type' in ('update-moved', 'update-closed', 'update-admitted')`,
      );
      expect(seen.size).toBe(Number(told?.n));
      return seen.size;
    };
  },
  LONGEST,
);
