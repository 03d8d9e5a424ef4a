import { expect, it } from 'vitest';
import { isCi, leave } from '../support/endurance.ts';
import { kinds, runSteps, stepFindings } from './steps/steps.ts';

/**
 * All of them in CI but the webhook, which waits for a lease at every other step; that one, those on PostgreSQL and the
 * first start by `npm run endurance -- steps`.
 */
const only = kinds.filter(({ name }) => (isCi ? name !== 'webhook' : name === 'start a campaign'));

it('a server that is killed at any step of a request has done it wholly or not at all', async () => {
  const covered = await runSteps({ abreast: isCi ? 4 : 2, only, withStart: false });
  await leave(stepFindings('SQLite', covered));
  expect(covered.flatMap(({ flaws }) => flaws)).toEqual([]);
  for (const { kind, points } of covered) expect(points, kind).toBeGreaterThan(3);
}, 1_800_000);
