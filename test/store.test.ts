import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { openMemory } from '../src/store/memory.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { storeContract } from './contract/store.ts';
import { createTestDatabase } from './support/postgres.ts';

describe('the memory store', () => {
  storeContract(async () => {
    const store = openMemory();
    return { store, end: () => store.close() };
  });
});

describe('the SQLite store', () => {
  storeContract(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-store-'));
    const store = await openSqlite(join(directory, 'muster.db'));
    const end = async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    };
    return { store, end };
  });
});

const server = inject('postgresUrl');

describe.skipIf(server === undefined)('the PostgreSQL store', () => {
  storeContract(async () => {
    const { url, drop } = await createTestDatabase(server ?? '');
    const store = await openPostgres({ url, pool: 8 });
    const end = async () => {
      await store.close();
      await drop();
    };
    return { store, end };
  });
});
