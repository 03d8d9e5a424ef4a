import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createTestDatabase } from './support/postgres.ts';

const url = inject('postgresUrl');

const ask = async (database: string, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
};

describe.skipIf(url === undefined)('a PostgreSQL database for a test', () => {
  const server = url ?? '';

  it('is flushed like a real one', async () => {
    const durability = `select name, setting from pg_settings
      where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`;
    expect(await ask(server, durability)).toEqual([
      ['fsync', 'on'],
      ['full_page_writes', 'on'],
      ['synchronous_commit', 'on'],
    ]);
  });

  it('is its own, may start as a copy, and is gone when dropped', async () => {
    const original = await createTestDatabase(server);
    await ask(original.url, 'create table marks (mark integer)');
    const copy = await createTestDatabase(server, new URL(original.url).pathname.slice(1));
    await ask(copy.url, 'insert into marks values (1)');
    expect(await ask(original.url, 'select mark from marks')).toEqual([]);
    await Promise.all([original.drop(), copy.drop()]);
    await expect(ask(copy.url, 'select 1')).rejects.toThrow('does not exist');
  });
});
