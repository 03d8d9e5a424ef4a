import { expect, it } from 'vitest';
import { isCi, leave } from '../support/endurance.ts';
import { findPostgres } from '../support/postgres-binaries.ts';
import { databaseFinding, runDatabase } from './database/database.ts';

const isThere = findPostgres() !== undefined;
if (!isThere && isCi) throw new Error('PostgreSQL was not found');

it.skipIf(!isThere)(
  'a server whose database is killed, slow and out of reach loses nothing, and says when it is ready',
  async () => {
    const options = { seed: 1, kills: isCi ? 10 : 2, killsPerOther: isCi ? 2 : 1 };
    const report = await runDatabase(options);
    await leave([databaseFinding(options.seed, report, isCi ? 4 : 10)]);
    expect(report.flaws).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(20);
  },
  900_000,
);
