import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { storeContract } from './contract/store.ts';
import { createTestDatabase } from './support/postgres.ts';

describe('the SQLite store', () => {
  storeContract(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-store-'));
    const store = await openSqlite(join(directory, 'muster.db'));
    return {
      store,
      end: async () => {
        await store.close();
        await rm(directory, { recursive: true });
      },
    };
  });
});
const url = inject('postgresUrl');
describe.skipIf(url === undefined)('the PostgreSQL store', () => {
  storeContract(async () => {
    const database = await createTestDatabase(url ?? '');
    const store = await openPostgres({ url: database.url, pool: 8 });
    return {
      store,
      end: async () => {
        await store.close();
        await database.drop();
      },
    };
  });
});
