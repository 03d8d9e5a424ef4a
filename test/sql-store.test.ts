import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { migrations } from '../src/store/migrations/index.ts';
import type { Migration } from '../src/store/migrations/migration.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { connectSqlite } from '../src/store/sqlite-connection.ts';
import { newWorld } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { sampleDevice, sampleEvent } from './support/samples.ts';

const run = promisify(execFile);

const later = (breaking: boolean): Migration => ({
  number: 9_000,
  name: 'from-tomorrow',
  breaking,
  statements: ({ text }) => [`create table tomorrow (name ${text} not null)`],
});

type Open = (given?: readonly Migration[]) => Promise<Store>;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A store that is closed after the test. */
const kept = async (opening: Promise<Store>): Promise<Store> => {
  const store = await opening;
  ends.push(() => store.close());
  return store;
};

const newFile = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-sql-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'muster.db');
};

const migratesLike = (place: () => Promise<Open>): void => {
  it('opens an empty database, and again with what was kept', async () => {
    const open = await place();
    const store = await open();
    const { account } = await newWorld(store);
    await store.close();
    const again = await open();
    expect(await again.accounts.get(account)).toMatchObject({ key: account });
    await again.close();
  });

  it('applies what is new, once', async () => {
    const open = await place();
    await (await open()).close();
    for (const _ of [1, 2]) await (await open([...migrations, later(false)])).close();
  });

  it('works on a newer schema unless that is breaking', async () => {
    const open = await place();
    await (await open([...migrations, later(false)])).close();
    await (await open()).close();
  });

  it('refuses a newer breaking schema, and says both numbers', async () => {
    const open = await place();
    await (await open([...migrations, later(true)])).close();
    const known = migrations.at(-1)?.number;
    await expect(open()).rejects.toThrow(
      `the database has schema 9000 (from-tomorrow), this server knows ${known}: upgrade the server`,
    );
  });

  it('leaves nothing of a migration that fails', async () => {
    const open = await place();
    const broken: Migration = {
      ...later(false),
      statements: (words) => [...later(false).statements(words), 'create nonsense'],
    };
    await expect(open([...migrations, broken])).rejects.toThrow();
    await (await open([...migrations, later(false)])).close();
  });
};

describe('SQLite', () => {
  migratesLike(async () => {
    const file = await newFile();
    return (given = migrations) => openSqlite(file, { migrations: given });
  });

  it('is opened by several servers at once', async () => {
    const file = await newFile();
    const module = new URL('../src/store/sqlite.ts', import.meta.url).href;
    const script = `
      const { openSqlite } = await import(${JSON.stringify(module)});
      await (await openSqlite(${JSON.stringify(file)})).close();`;
    const server = () => run(process.execPath, ['--input-type=module', '--eval', script]);
    await Promise.all(Array.from({ length: 4 }, server));
    await newWorld(await kept(openSqlite(file)));
  });

  it('flushes each commit, on every connection', async () => {
    const file = await newFile();
    for (const _ of ['first', 'again']) {
      const connection = connectSqlite(file);
      const read = (pragma: string) => Object.values(connection.prepare(`pragma ${pragma}`).get() ?? {})[0];
      expect(read('synchronous')).toBe(2);
      expect(read('journal_mode')).toBe('wal');
      expect(read('foreign_keys')).toBe(1);
      expect(read('busy_timeout')).toBeGreaterThanOrEqual(1_000);
      connection.close();
    }
  });

  it('orders versions in SQL as the domain does', async () => {
    const connection = connectSqlite(await newFile());
    const { older } =
      connection.prepare(`select version_key('1.9') < version_key('v1.10') as older`).get() ?? {};
    connection.close();
    expect(older).toBe(1);
  });
});

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('PostgreSQL', () => {
  const newDatabase = async (): Promise<string> => {
    const { url, drop } = await createTestDatabase(server ?? '');
    ends.push(drop);
    return url;
  };

  migratesLike(async () => {
    const url = await newDatabase();
    return (given = migrations) => openPostgres({ url, pool: 2, migrations: given });
  });

  it('is opened by several servers at once', async () => {
    const url = await newDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => kept(openPostgres({ url, pool: 2 }))));
    const [one, , , other] = stores;
    if (one === undefined || other === undefined) throw new Error('no stores');
    const { account } = await newWorld(one);
    expect(await other.accounts.get(account)).toMatchObject({ key: account });
  });

  it('rejects only the change of a group that the engine cannot take', async () => {
    const url = await newDatabase();
    const { attempt } = await newWorld(await kept(openPostgres({ url, pool: 2 })));
    const names = ['one', 'two', 'nul \u0000', 'four'];
    const settled = await Promise.allSettled(
      names.map((id) =>
        attempt(
          [{ save: 'device', value: sampleDevice({ id: id.slice(0, 4) }) }],
          [sampleEvent({ type: 'device-registered', id })],
        ),
      ),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('goes on after its connections were cut', async () => {
    const url = await newDatabase();
    const store = await kept(openPostgres({ url, pool: 3 }));
    const { attempt, account } = await newWorld(store);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let accepted = 0;
    let rejected = 0;
    const deadline = Date.now() + 1_500;
    const write = async (): Promise<void> => {
      while (Date.now() < deadline) {
        await attempt([{ save: 'device', value: sampleDevice() }]).then(
          () => {
            accepted += 1;
          },
          () => {
            rejected += 1;
          },
        );
      }
    };
    const cut = async (): Promise<void> => {
      while (Date.now() < deadline) {
        await sleep(100);
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
      }
    };
    await Promise.all([write(), write(), write(), cut()]);
    await client.end();
    expect(await store.devices.count(account, { type: 'all' })).toBeGreaterThanOrEqual(accepted);
    expect((await attempt([{ save: 'device', value: sampleDevice() }])).ok).toBe(true);
    expect(rejected).toBeGreaterThan(0);
    await store.ping();
  });
});
