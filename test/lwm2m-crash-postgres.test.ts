import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { type Crash, finishAfterCrash } from './support/lwm2m-crash.ts';
import { killLaunched } from './support/muster-process.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

afterAll(killLaunched);

const postgres = inject('postgresUrl');

const writes: Crash = { at: ({ observations }) => observations.length === 2, after: 60, size: 100_000 };
const executes: Crash = { at: ({ state }) => state === 3, size: 20_000 };

describe.skipIf(postgres === undefined)('after a power cut the server finishes over PostgreSQL', () => {
  let database: TestDatabase | undefined;
  afterEach(() => database?.drop());

  it.each([
    ['that it wrote', writes],
    ['that the device had begun to install', executes],
  ] as const)(
    'an update exactly once %s',
    async (_, crash) => {
      database = await createTestDatabase(postgres ?? '');
      const { update, view } = await finishAfterCrash({ ...crash, databaseUrl: database.url });
      expect(update).toMatchObject({ outcome: 'succeeded' });
      expect(view).toMatchObject({ version: '2.0', executions: 1 });
    },
    180_000,
  );
});
