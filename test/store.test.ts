import { mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import { openMemory } from '../src/store/memory.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { shardsContract } from './contract/shards.ts';
import { storeContract } from './contract/store.ts';
import { createTestDatabase } from './support/postgres.ts';
import { openRecorded } from './support/recorded-store.ts';

// Threads load their modules anew.
enableCompileCache();

describe('the memory store', () => {
  storeContract(async () => {
    const store = openMemory();
    return { store, end: () => store.close() };
  });
});

describe.each([
  ['the SQLite store', false],
  ['the SQLite store that writes on a thread', true],
] as const)('%s', (_, thread) => {
  storeContract(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-store-'));
    const store = await openSqlite(join(directory, 'muster.db'), { thread });
    const end = async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    };
    return { store, end };
  });
});

const server = inject('postgresUrl');
/** Every SQL text that the contract makes it run. */
const texts = new Set<string>();

describe.skipIf(server === undefined)('the PostgreSQL store', () => {
  storeContract(async () => {
    const { url, drop } = await createTestDatabase(server ?? '');
    const store = await openRecorded(url, texts);
    const end = async () => {
      await store.close();
      await drop();
    };
    return { store, end };
  });

  describe('asks what a database in shards can answer', () => {
    shardsContract(texts);
  });
});
