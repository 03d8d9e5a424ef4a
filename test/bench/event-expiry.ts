import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createEventSweep } from '../../src/app/event-retention.ts';
import type { Store } from '../../src/app/ports.ts';
import { DAY } from '../../src/domain/time.ts';
import { init } from '../../src/store/migrations/0001-init.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { connectSqlite } from '../../src/store/sqlite-connection.ts';
import { createTestDatabase, startPostgres } from '../support/postgres.ts';

/*
 * How long it takes to forget the older half of a history, one event after the other as it was before partitions
 * (`rows` on PostgreSQL, and SQLite still) and as a whole: `node test/bench/event-expiry.ts 10000000`.
 */

const count = Number(process.argv[2] ?? 1_000_000);
const start = Math.ceil(Date.now() / DAY) * DAY;
const KEPT = 30;
/** The first half lies in the days before those that are kept. */
const perDay = Math.ceil(count / (2 * KEPT));

const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
  const begun = performance.now();
  await work();
  console.log(`${what}: ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
};

const rowsOf = (at: string, account: string, series: string): string =>
  `insert into events (account, seq, at, campaign, device, actor_kind, wire, body)
    select ${account}, n + 10, ${at}, n % 50, n % 100000, 1, 3,
      '{"type":"update-moved","to":"download-running"}' from ${series}`;

const sweepAll = async (store: Store): Promise<void> => {
  const sweep = createEventSweep({ store, clock: () => start + 2 * KEPT * DAY }, KEPT * DAY);
  while (await sweep());
};

const account = async (store: Store): Promise<void> => {
  const { newWorld } = await import('../contract/store/world.ts');
  await newWorld(store);
};

const onPostgres = async (url: string, kind: 'rows' | 'partitions'): Promise<void> => {
  const database = await createTestDatabase(url);
  const migrations = kind === 'rows' ? { migrations: [init] } : {};
  const store = await openPostgres({ url: database.url, pool: 3, ...migrations });
  await account(store);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Made as they come to be, and none of them dropped yet.
  for (let day = 0; kind === 'partitions' && day < 2 * KEPT; day += 1)
    await store.events.turn(start + day * DAY, start + Math.min(0, day - KEPT) * DAY);
  const at = `${start} + (n / ${perDay})::bigint * ${DAY}`;
  await client.query(rowsOf(at, '1', `generate_series(0, ${count - 1}) as n`));
  await client.query('analyze events');
  await timed(`PostgreSQL, ${kind}, ${count} events of which half go`, () =>
    kind === 'rows' ? sweepAll(withoutTurns(store)) : sweepAll(store),
  );
  const { rows } = await client.query('select count(*) as left from events');
  console.log(`  ${rows[0].left} are left`);
  await client.end();
  await store.close();
  await database.drop();
};

/** As it was before there were partitions. */
const withoutTurns = (store: Store): Store => ({
  ...store,
  events: { ...store.events, turn: async (_, before) => before },
});

const onSqlite = async (): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-expiry-'));
  const file = join(directory, 'muster.db');
  const store = await openSqlite(file);
  await account(store);
  const connection = connectSqlite(file);
  const series = `(with recursive s(n) as (select 0 union all select n + 1 from s where n < ${count - 1}) select n from s)`;
  connection.exec(rowsOf(`${start} + (n / ${perDay}) * ${DAY}`, '1', series));
  connection.close();
  await timed(`SQLite, ${count} events of which half go`, () => sweepAll(store));
  await store.close();
  await rm(directory, { recursive: true });
};

const server = await startPostgres();
if (server !== undefined) {
  await onPostgres(server.url, 'partitions');
  await onPostgres(server.url, 'rows');
  await server.stop();
}
await onSqlite();
