import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../src/store/postgres.ts';
import { startToxicProxy, type ToxicProxy } from './support/toxic-proxy.ts';

const server = inject('postgresUrl');

const portOf = (url: string): number => Number(new URL(url).port || 5432);

describe.skipIf(server === undefined)('connections to PostgreSQL', () => {
  let proxy: ToxicProxy;
  let database: ReturnType<typeof openDatabase>;
  beforeEach(async () => {
    proxy = await startToxicProxy(portOf(server ?? ''));
    const url = new URL(server ?? '');
    url.port = `${proxy.port}`;
    database = openDatabase({ url: url.href, pool: 2 });
  });
  afterEach(async () => {
    await proxy.stop();
    await database.close();
  });

  const ask = (sql: string) => database.read.run({ sql, parameters: [] });

  it('whose other end has vanished without a word are replaced within seconds, and reads repeated', async () => {
    await ask('select 1');
    proxy.forget();
    const began = performance.now();
    expect(await ask('select 2 as answer')).toMatchObject({ rows: [{ answer: 2 }] });
    // TCP by itself would take a quarter of an hour.
    expect(performance.now() - began).toBeLessThan(40_000);
  });

  it('fail the write that was on its way over them', async () => {
    const write = database.write(async (db) => {
      await db.run({ sql: 'select 1', parameters: [] });
      proxy.forget();
      return db.run({ sql: 'select 2', parameters: [] });
    });
    await expect(write).rejects.toThrow('nobody is there');
  });

  it('stay, however long the database works on a statement', async () => {
    const began = performance.now();
    const slept = await ask('select 1 as answer from pg_sleep(5)');
    expect(slept).toMatchObject({ rows: [{ answer: 1 }] });
    expect(performance.now() - began).toBeGreaterThan(4_900);
  });

  it('stay where the network is slow', async () => {
    await ask('select 1');
    proxy.set({ kind: 'slow', latency: 1_800, bytesPerSecond: 0 });
    expect(await ask('select 3 as answer')).toMatchObject({ rows: [{ answer: 3 }] });
  });
});
