import { expect, it } from 'vitest';
import { isCi, leave } from '../support/endurance.ts';
import { kinds, runSteps, stepFindings } from './steps/steps.ts';

/** `npm run endurance -- steps` tries all of them. */
const tried = isCi
  ? ['start a campaign', 'upload a package', 'DDI feedback that ends an update']
  : ['start a campaign'];

it('a server that is killed at any step of a request has done it wholly or not at all', async () => {
  const only = kinds.filter(({ name }) => tried.includes(name));
  expect(only).toHaveLength(tried.length);
  const covered = await runSteps({ abreast: 2, only, withStart: false });
  await leave(stepFindings('SQLite', covered));
  expect(covered.flatMap(({ flaws }) => flaws)).toEqual([]);
  for (const { kind, points } of covered) expect(points, kind).toBeGreaterThan(5);
}, 1_800_000);
