import { defaulted, optional } from './setting.ts';
import { oneOf, postgresUrl, wholeNumber } from './setting-parsers.ts';

/** Where rows are kept, and how they are asked for. */
export const databaseSettings = {
  databaseUrl: optional(
    [
      'MUSTER_DATABASE_URL',
      'SQLite, muster.db in the data directory',
      'PostgreSQL 15 or later, as a postgres:// or postgresql:// URL.',
    ],
    postgresUrl,
    { secret: true },
  ),
  databasePool: defaulted(
    ['MUSTER_DATABASE_POOL', '10', 'Most connections to PostgreSQL from this process; SQLite ignores it.'],
    wholeNumber({ min: 1, max: 1000 }),
  ),
  databaseReplica: optional(
    [
      'MUSTER_DATABASE_REPLICA_URL',
      'none: the one database answers all',
      'Streaming replica of that PostgreSQL, at which lists and reports are read; SQLite ignores it.',
    ],
    postgresUrl,
    { secret: true },
  ),
  databasePrepared: defaulted(
    [
      'MUSTER_DATABASE_PREPARED',
      'yes',
      'Whether connections keep statements ready: no behind a pooler that hands them out by transaction, such as PgBouncer before 1.21.',
    ],
    oneOf(['yes', 'no']),
  ),
};
