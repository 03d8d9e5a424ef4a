import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StorageFull } from '../src/app/ports.ts';
import { sqliteEngine } from '../src/store/engine-sqlite.ts';
import { openMemory } from '../src/store/memory.ts';
import { startApi } from './support/api.ts';

const errorOf = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it went well');
};

describe('a full disk', () => {
  it('is told from other failures by what SQLite says', () => {
    const db = new DatabaseSync(':memory:');
    db.exec('pragma max_page_count = 3; create table t (x text)');
    const insert = db.prepare('insert into t values (?)');
    expect(sqliteEngine.isFull(errorOf(() => insert.run('x'.repeat(100_000))))).toBe(true);
    expect(sqliteEngine.isFull(errorOf(() => db.exec('insert into nowhere values (1)')))).toBe(false);
    expect(sqliteEngine.isFull(new Error('other'))).toBe(false);
    db.close();
  });

  it('is a problem of its own for the caller, who can repeat the request once there is room', async () => {
    const store = openMemory();
    let full = false;
    const api = await startApi({
      store: {
        ...store,
        commit: async (change) => {
          if (full) throw new StorageFull(new Error('no space'));
          return store.commit(change);
        },
      },
    });
    const create = () => api.call('POST', '/queries', { body: { name: 'all', expression: '' } });
    full = true;
    expect(await create()).toMatchObject({ status: 507, body: { code: 'storage-full' } });
    full = false;
    expect((await create()).status).toBe(201);
    await api.close();
  });
});
