import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../src/store/postgres.ts';
import { postgresSnapshots } from '../src/store/snapshot-postgres.ts';
import { claimsContract } from './contract/store/claims.ts';
import { commitContract } from './contract/store/commit.ts';
import { jobsContract } from './contract/store/jobs.ts';
import { limitsContract } from './contract/store/limits.ts';
import { protocolSessionsContract } from './contract/store/protocol-sessions.ts';
import { ALL, must, newWorld, type OpenStore } from './contract/store/world.ts';
import { administrator, conform } from './migrations/conformance.ts';
import { type Running, startScript } from './migrations/release.ts';
import { isPgBouncerMissing, type PgBouncer, startPgBouncer } from './support/pgbouncer.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');
const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));

/** Fewer than the servers have, so that hardly any two transactions come by the same one. */
const CONNECTIONS = 3;

describe.skipIf(server === undefined || isPgBouncerMissing())('behind PgBouncer in transaction mode', () => {
  let bouncer: PgBouncer;
  let database: TestDatabase;
  let url: string;
  beforeAll(async () => {
    bouncer = await startPgBouncer(server ?? '', CONNECTIONS);
    database = await createTestDatabase(server ?? '');
    url = bouncer.through(database.url);
  });
  afterAll(async () => {
    await database?.drop();
    await bouncer?.stop();
  });

  const open: OpenStore = async () => {
    const own = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url: bouncer.through(own.url), pool: 8, prepares: false });
    const end = async () => {
      await store.close();
      await own.drop();
    };
    return { store, end };
  };

  it('works as two processes, from their start on an empty database to the end of a campaign', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-pgbouncer-data-'));
    const env = {
      MUSTER_DATA: directory,
      MUSTER_DATABASE_URL: url,
      MUSTER_DATABASE_PREPARED: 'no',
      MUSTER_ADMIN_PASSWORD: administrator.password,
    };
    const running: Running[] = [];
    try {
      running.push(await startScript(main, env));
      running.push(await startScript(main, env));
      const [first, second] = running.map((one) => one.url);
      await conform(must(first), must(second));
      await Promise.all([conform(must(second), must(first)), conform(must(first)), conform(must(second))]);
      expect(running.map(({ log }) => log()).join('')).not.toMatch(/"level":(50|60)/);
    } finally {
      for (const { stop } of running) await stop();
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is brought forward by several at once', async () => {
    const own = await createTestDatabase(server ?? '');
    const options = { url: bouncer.through(own.url), pool: 2, prepares: false };
    const stores = await Promise.all([1, 2, 3].map(() => openPostgres(options)));
    for (const store of stores) await store.close();
    await own.drop();
  });

  it('gives a backup the rows of one moment', async () => {
    const own = await openPostgres({ url, pool: 2, prepares: false });
    await newWorld(own);
    await own.close();
    const snapshot = await postgresSnapshots(url).open();
    const accounts = must(snapshot.tables.find(({ name }) => name === 'accounts'));
    const pieces = await Array.fromAsync(snapshot.rows(accounts));
    expect(pieces.flat().length).toBeGreaterThan(0);
    await snapshot.close();
  });

  it('is what statements that are kept ready do not survive', async () => {
    const own = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url: bouncer.through(own.url), pool: 8 });
    const asking = async (): Promise<void> => {
      for (let n = 0; n < 50; n += 1) {
        const found = await Promise.all(
          Array.from({ length: 16 }, (_, index) => store.accounts.find(`${index}`)),
        );
        expect(found).toHaveLength(16);
      }
    };
    await expect(asking()).rejects.toThrow(/prepared statement/);
    await store.close();
    await own.drop();
  });

  describe('keeps what a store promises', () => {
    for (const contract of [
      commitContract,
      limitsContract,
      claimsContract,
      jobsContract,
      protocolSessionsContract,
    ])
      contract(open);

    it('and finds what was asked for', async () => {
      const { store, end } = await open();
      const world = await newWorld(store);
      const devices = await world.addDevices(30);
      const page = { after: 0, limit: 100 };
      const lists = await Promise.all(
        Array.from({ length: 20 }, () => store.devices.list(world.account, ALL, page)),
      );
      for (const { items } of lists) expect(items).toHaveLength(devices.length);
      await end();
    });
  });
});
