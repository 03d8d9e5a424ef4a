import { describe, expect, inject, it } from 'vitest';
import { isCi, leave } from '../support/endurance.ts';
import { findStrace } from '../support/strace.ts';
import { flushFinding, runFlush } from './flush/flush.ts';

const postgres = inject('postgresUrl');
const requests = isCi ? 10_000 : 300;
const TIMEOUT = 600_000;

describe.skipIf(findStrace() === undefined)('an acknowledgement', () => {
  it(
    'never leaves before SQLite has flushed what it is of',
    async () => {
      const verdict = await runFlush('SQLite', { requests, connections: 8 });
      await leave([flushFinding('SQLite', verdict)]);
      expect(verdict).toEqual({ acknowledged: requests, violations: [] });
    },
    TIMEOUT,
  );

  it.skipIf(postgres === undefined)(
    'never leaves before PostgreSQL has said that it was committed',
    async () => {
      const verdict = await runFlush('PostgreSQL', { requests, connections: 8 }, postgres);
      await leave([flushFinding('PostgreSQL', verdict)]);
      expect(verdict).toEqual({ acknowledged: requests, violations: [] });
    },
    TIMEOUT,
  );

  it(
    'is found where nothing was flushed, by the same look',
    async () => {
      const preloads = [new URL('./flush/no-flush.ts', import.meta.url)];
      const { acknowledged, violations } = await runFlush('SQLite', {
        requests: 20,
        connections: 4,
        preloads,
      });
      expect([acknowledged, violations.length]).toEqual([20, 20]);
    },
    TIMEOUT,
  );
});
