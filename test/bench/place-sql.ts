import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Place } from './muster.ts';

/** Runs statements on the database of a place in which no server is at work, and lets it tidy up after them. */
export const runSql = async (
  { directory, databaseUrl }: Place,
  statements: readonly string[],
): Promise<void> => {
  if (databaseUrl === undefined) {
    const db = new DatabaseSync(join(directory, 'muster.db'));
    try {
      for (const statement of statements) db.exec(statement);
      db.exec('pragma wal_checkpoint(truncate)');
    } finally {
      db.close();
    }
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
};

/** Numbers from 1 to `count` as a table `numbers (n)`, which both engines know. */
export const numbers = (count: number): string =>
  `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})`;
