import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { atLast, type Database, type Db } from '../src/store/db.ts';
import { openDatabase } from '../src/store/postgres.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');

const run = (db: Db, sql: string) => db.run({ sql, parameters: [] });
const insert = (db: Db, n: number) => run(db, `insert into numbers values (${n})`);

describe.skipIf(server === undefined)('what a transaction over PostgreSQL does last', () => {
  let place: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    place = await createTestDatabase(server ?? '');
    database = openDatabase({ url: place.url, pool: 1 });
    await run(database.read, 'create table numbers (n integer primary key)');
  });
  beforeEach(() => run(database.read, 'delete from numbers'));
  afterAll(async () => {
    await database?.close();
    await place?.drop();
  });

  const kept = async (): Promise<readonly unknown[]> =>
    (await run(database.read, 'select n from numbers order by n')).rows;

  it('is committed, and nobody waits for it before that', async () => {
    let isAnswered = false;
    const answer = await database.write(async (db) => {
      await insert(db, 1);
      const second = insert(db, 2).then(() => {
        isAnswered = true;
      });
      await atLast(
        db,
        () => second,
        () => insert(db, 3),
      );
      return isAnswered;
    });
    expect(answer).toBe(false);
    expect(await kept()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('takes all back when the database refuses one of it', async () => {
    const write = database.write(async (db) => {
      await insert(db, 1);
      await atLast(
        db,
        () => insert(db, 2),
        () => insert(db, 1),
        () => insert(db, 3),
      );
    });
    await expect(write).rejects.toMatchObject({ code: '23505' });
    expect(await kept()).toEqual([]);
  });

  it('takes all back when one of it fails before it asks anything', async () => {
    const write = database.write(async (db) => {
      await insert(db, 1);
      const fail = async (): Promise<void> => {
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
        throw new Error('there is no such word');
      };
      await atLast(db, () => insert(db, 2), fail);
    });
    await expect(write).rejects.toThrow('there is no such word');
    expect(await kept()).toEqual([]);
  });

  it('fails its transaction if it asks for more once it was answered', async () => {
    const write = database.write((db) =>
      atLast(db, async () => {
        await insert(db, 1);
        await insert(db, 2);
      }),
    );
    await expect(write).rejects.toThrow('after the commit');
  });

  it('leaves the connection as it was', async () => {
    await expect(database.write((db) => atLast(db, () => run(db, 'select 1 / 0')))).rejects.toThrow('zero');
    await database.write((db) => atLast(db, () => insert(db, 7)));
    expect(await kept()).toEqual([{ n: 7 }]);
  });
});
