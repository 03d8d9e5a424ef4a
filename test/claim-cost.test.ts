import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, it } from 'vitest';
import type { Destination } from '../src/app/delivery-records.ts';
import type { Store } from '../src/app/ports.ts';
import type { Db, Statement } from '../src/store/db.ts';
import { openPostgres, openDatabase as openPostgresDatabase } from '../src/store/postgres.ts';
import { openSqlite, openDatabase as openSqliteDatabase } from '../src/store/sqlite.ts';
import { createStore } from '../src/store/store.ts';
import { claim, newPushWorld, type PushWorld, went } from './contract/store/push-world.ts';
import { must } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { recording } from './support/recording.ts';
import { NOON } from './support/samples.ts';

const BACKLOG = 100_000;
const CHUNK = 5_000;
const LANES = 10_000;
const TERMS = { limit: 256, each: 8 } as const;

type Place = {
  readonly store: Store;
  /** What the store is asked while some work is done. */
  readonly during: (work: () => Promise<void>) => Promise<readonly Asked[]>;
  readonly end: () => Promise<void>;
};
/** `cost` is in whatever the engine counts: the pages it looked at, or nothing. */
type Asked = { readonly sql: string; readonly cost: number };

const fill = async (world: PushWorld, order: Destination['order']): Promise<void> => {
  const { subscription } = await world.follow({ order });
  for (let seq = 0; seq < BACKLOG; seq += CHUNK) {
    const givens = Array.from({ length: CHUNK }, (_, n) => ({
      seq: seq + n,
      device: ((seq + n) % LANES) + 1,
    }));
    await world.send(subscription, ...(givens as unknown as readonly { readonly seq: number }[]));
  }
  // As many as may be are on their way to it and never come back; one failed, and is due in an hour.
  const claimed = await claim(world.store, { until: NOON + 1_000_000, ...TERMS });
  expect(claimed.length).toBeGreaterThanOrEqual(TERMS.each);
  await world.store.deliveries.settle([went(must(claimed[0]), 'badly', { dueAt: NOON + 3_600_000 })]);
};

/** One message to a receiver that is well: added, claimed with whatever else there is, and settled. */
const cycle = async (world: PushWorld, subscription: Parameters<PushWorld['send']>[0]): Promise<void> => {
  const [sent] = await world.send(subscription, {});
  const claimed = await claim(world.store, { until: NOON + 1_000_000, ...TERMS });
  const mine = claimed.filter(({ id }) => id === sent?.id);
  expect(mine).toHaveLength(1);
  await world.store.deliveries.settle(mine.map((was) => went(was, 'well')));
};

const comparing = async ({ store, during }: Place) => {
  const world = await newPushWorld(store);
  const { subscription } = await world.follow();
  const ask = async () => {
    for (let warm = 0; warm < 3; warm += 1) await cycle(world, subscription);
    return during(() => cycle(world, subscription));
  };
  const alone = await ask();
  await fill(world, 'none');
  await fill(world, 'strict');
  return { alone, beside: await ask() };
};

const inSqlite = async (): Promise<Place & { readonly plan: (sql: string) => readonly string[] }> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-claim-cost-'));
  const file = join(directory, 'muster.db');
  await (await openSqlite(file)).close();
  let asked: Asked[] = [];
  const note = async (_: Db, { sql }: Statement) => void asked.push({ sql, cost: 0 });
  const store = createStore(recording(openSqliteDatabase(file), note));
  const stranger = new DatabaseSync(file, { readOnly: true });
  return {
    store,
    during: async (work) => {
      asked = [];
      await work();
      return [...asked];
    },
    plan: (sql) =>
      stranger
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => String(detail)),
    end: async () => {
      stranger.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

type Explained = readonly { readonly Plan: Readonly<Record<string, number>> }[];

const pagesOf = (rows: readonly unknown[]): number => {
  const [row] = rows as readonly { readonly 'QUERY PLAN': string }[];
  const [explained] = JSON.parse(must(row)['QUERY PLAN']) as Explained;
  const { Plan: plan } = must(explained);
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
};

const inPostgres = async (server: string): Promise<Place> => {
  const { url, drop } = await createTestDatabase(server);
  await (await openPostgres({ url, pool: 2 })).close();
  let asked: Asked[] | undefined;
  const explained = async (db: Db, { sql, parameters }: Statement): Promise<number> => {
    const { rows } = await db.run({ sql: `explain (analyze, buffers, format json) ${sql}`, parameters });
    return pagesOf(rows);
  };
  const note = async (db: Db, statement: Statement): Promise<void> => {
    if (asked === undefined) return;
    const reads = statement.sql.startsWith('select') && !statement.sql.includes('for no key update');
    // What is explained is done: whatever it changed is taken back first.
    if (!reads) await db.run({ sql: 'savepoint explained', parameters: [] });
    asked.push({ sql: statement.sql, cost: await explained(db, statement) });
    if (!reads) await db.run({ sql: 'rollback to explained', parameters: [] });
  };
  const store = createStore(recording(openPostgresDatabase({ url, pool: 2 }), note));
  return {
    store,
    during: async (work) => {
      asked = [];
      await work();
      const all = asked;
      asked = undefined;
      return all;
    },
    end: async () => {
      await store.close();
      await drop();
    },
  };
};

const shapes = (asked: readonly Asked[]) => asked.map(({ sql }) => sql);

describe('what it costs to send one message beside two dead receivers with 100,000 waiting each', () => {
  it('is the same statements on SQLite, none of which reads a backlog', async () => {
    const place = await inSqlite();
    const { alone, beside } = await comparing(place);
    expect(shapes(beside)).toEqual(shapes(alone));
    const plans = new Set(shapes(beside).flatMap(place.plan));
    const looks = [...plans].filter((line) => /(SEARCH|SCAN) (deliveries|c|d|l|w)\b/.test(line));
    expect(looks.length).toBeGreaterThan(5);
    const narrow =
      /^SEARCH \w+ USING (PRIMARY KEY \(account=\? AND key=\?\)|(COVERING )?INDEX \w+ \(account=\? AND (id=\?|destination=\?.*)\))$/;
    for (const look of looks) expect(look).toMatch(narrow);
    const byDestination = looks.filter((look) => look.includes('deliveries_due'));
    for (const look of byDestination) expect(look).toMatch(/behind=\? AND due_at[<>]\?\)$/);
    expect(looks.some((look) => look.includes('deliveries_by_destination'))).toBe(false);
    await place.end();
  }, 180_000);

  const server = inject('postgresUrl');

  it.skipIf(server === undefined)(
    'is about as many pages on PostgreSQL',
    async () => {
      const place = await inPostgres(server ?? '');
      const { alone, beside } = await comparing(place);
      expect(shapes(beside)).toEqual(shapes(alone));
      const pages = (asked: readonly Asked[]): number => asked.reduce((sum, { cost }) => sum + cost, 0);
      expect(pages(alone)).toBeGreaterThan(10);
      expect(pages(beside)).toBeLessThan(50 * pages(alone));
      await place.end();
    },
    180_000,
  );
});
