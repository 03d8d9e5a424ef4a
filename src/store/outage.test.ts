import { expect, it } from 'vitest';
import { type Database, type Db, Refused } from './db.ts';
import { sqliteEngine } from './engine-sqlite.ts';
import { watchWrites } from './outage.ts';

class Full extends Error {
  readonly errcode = 13;
}
class Malformed extends Error {
  readonly errcode = 1;
}

/** A database that keeps the statements it ran, and fails where it is told to. */
const fakeDatabase = () => {
  const ran: string[] = [];
  let failure: Error | undefined;
  const db = {
    engine: sqliteEngine,
    run: async ({ sql }: { readonly sql: string }) => {
      ran.push(sql);
      return { rows: [], changes: 0 };
    },
  } as unknown as Db;
  const database: Database = {
    read: db,
    lists: db,
    write: async (work) => {
      const answer = await work(db);
      if (failure !== undefined) throw failure;
      return answer;
    },
    close: async () => undefined,
  };
  return {
    database,
    ran,
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
};

const nothing = async (): Promise<void> => undefined;

it('a ping reads as long as writes hold', async () => {
  const { database, ran } = fakeDatabase();
  const watched = watchWrites(database);
  await watched.database.write(nothing);
  await watched.ping();
  expect(ran).toEqual(['select 1']);
});

it('after a write that failed a ping writes, until one was flushed', async () => {
  const { database, ran, fail } = fakeDatabase();
  const watched = watchWrites(database);
  fail(new Full());
  await expect(watched.database.write(nothing)).rejects.toThrow(Full);
  await expect(watched.ping()).rejects.toThrow(Full);
  await expect(watched.ping()).rejects.toThrow(Full);
  fail(undefined);
  await watched.ping();
  expect(ran.splice(0).every((sql) => sql.startsWith('update migrations'))).toBe(true);
  await watched.ping();
  expect(ran).toEqual(['select 1']);
});

it.each([
  ['what was to be written was wrong', new Malformed()],
  ['it was refused', new Refused({ ok: false })],
])('a ping only reads where a write failed since %s', async (_, error) => {
  const { database, ran, fail } = fakeDatabase();
  const watched = watchWrites(database);
  fail(error);
  await expect(watched.database.write(nothing)).rejects.toThrow();
  fail(undefined);
  await watched.ping();
  expect(ran).toEqual(['select 1']);
});
