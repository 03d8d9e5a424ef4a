import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { configFromEnv } from '../src/server/config.ts';
import { checkDatabase } from '../src/server/doctor/database.ts';
import { readEnv } from '../src/server/env.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { ALL, must, newWorld, type World } from './contract/store/world.ts';
import { createTestDatabase } from './support/postgres.ts';
import { findPostgres } from './support/postgres-binaries.ts';
import { type Replicated, startReplicated } from './support/postgres-replica.ts';

const isMissing = findPostgres() === undefined && process.env['CI'] !== 'true';

describe.skipIf(isMissing)('lists beside a read replica', () => {
  let servers: Replicated;
  let [store, other]: Store[] = [];
  let world: World;
  let client: pg.Client;
  let replicaUrl: string;
  beforeAll(async () => {
    servers = must(await startReplicated(), 'PostgreSQL');
    const { url } = await createTestDatabase(servers.primary.url);
    replicaUrl = new URL(new URL(url).pathname, servers.replica.url).href;
    store = await openPostgres({ url, pool: 4, replica: replicaUrl });
    other = await openPostgres({ url, pool: 4, replica: replicaUrl });
    world = await newWorld(store);
    client = new pg.Client({ connectionString: replicaUrl });
    client.on('error', () => {});
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await store?.close();
    await other?.close();
    await servers?.stop();
  });

  const idsAt = async (at: Store): Promise<readonly string[]> => {
    const { items } = await at.devices.list(world.account, ALL, { after: 0, limit: 1_000 });
    return items.map(({ id }) => id);
  };
  /** Whether it is what a connection to the replica was asked last. */
  const isAskedThere = async (): Promise<boolean> => {
    const { rows } = await client.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and query like '%from "devices"%'`,
    );
    return rows.length > 0;
  };

  it('are read there', async () => {
    await world.addDevice();
    expect(await isAskedThere()).toBe(false);
    await idsAt(must(store));
    expect(await isAskedThere()).toBe(true);
  });

  it('have what any server has acknowledged before', async () => {
    for (let n = 0; n < 100; n += 1) {
      const { id } = await world.addDevice();
      expect(await idsAt(must(n % 2 === 0 ? store : other))).toContain(id);
    }
  });

  it('have it also while the replica lags, since the primary answers then', async () => {
    await client.query('select pg_wal_replay_pause()');
    const { id } = await world.addDevice();
    expect(await idsAt(must(store))).toContain(id);
    const { rows } = await client.query('select count(*) as count from devices where id = $1', [id]);
    expect(rows).toEqual([{ count: '0' }]);
    await client.query('select pg_wal_replay_resume()');
  });

  /** What the doctor says of it. */
  const found = async (): Promise<readonly string[]> => {
    const env = {
      MUSTER_DATA: tmpdir(),
      MUSTER_DATABASE_URL: new URL(new URL(replicaUrl).pathname, servers.primary.url).href,
      MUSTER_DATABASE_REPLICA_URL: replicaUrl,
    };
    const findings = await checkDatabase(configFromEnv(readEnv(env)), false, async () => []);
    return findings.filter(({ check }) => check === 'replica').map(({ level }) => level);
  };

  it('are counted by where they were read, and a replica that follows is well', async () => {
    const before = must(await must(store).replica());
    await idsAt(must(store));
    const { reads, behind } = must(await must(store).replica());
    expect(reads.replica + reads.primary).toBeGreaterThan(before.reads.replica + before.reads.primary);
    expect(behind).toBeLessThan(2 ** 20);
    expect(await found()).toEqual(['ok']);
  });

  it('are answered without it once it is gone', async () => {
    await servers.replica.stop();
    const { id } = await world.addDevice();
    const all = await Promise.all(Array.from({ length: 20 }, () => idsAt(must(store))));
    for (const ids of all) expect(ids).toContain(id);
    const late = await openPostgres({
      url: new URL(new URL(replicaUrl).pathname, servers.primary.url).href,
      pool: 2,
      replica: replicaUrl,
    });
    expect(await idsAt(late)).toContain(id);
    await late.close();
    expect(await must(store).replica()).toMatchObject({ behind: null });
    expect(await found()).toEqual(['warning']);
  });
});
