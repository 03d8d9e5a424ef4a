import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { startApi } from '../../support/api.ts';
import { wholeNumber } from '../options.ts';
import type { Finding, Scenario } from '../scenario.ts';
import { people, policies, type Step, verbs } from './campaign.ts';
import { newWorld, play } from './drive.ts';

const LONGEST = 50;

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    verb: fc.constantFrom(...verbs),
    by: fc.constantFrom(...people),
    over: fc.constantFrom('muster' as const, 'pulse' as const),
  }),
  { minLength: 1, maxLength: LONGEST, size: 'max' },
);

/** So many campaigns, each with up to 50 commands of two people over two wires, held against the table of states. */
export const playCampaigns = async (runs: number, seed: number): Promise<Finding> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-model-'));
  const api = await startApi({ store: await openSqlite(join(directory, 'muster.db')) });
  try {
    const world = await newWorld(api);
    const property = fc.asyncProperty(
      fc.constantFrom(...policies),
      fc.constantFrom('muster' as const, 'pulse' as const),
      steps,
      async (policy, over, all) => {
        const difference = await play(world, policy, over, all);
        if (difference !== undefined) throw new Error(difference);
      },
    );
    const details = await fc.check(property, { numRuns: runs, seed });
    const found = details.failed
      ? `; ${details.errorInstance}: ${JSON.stringify(details.counterexample)}`
      : '';
    const result = `${details.numRuns} campaigns, ${details.failed ? 1 : 0} differences${found}`;
    return { id: 'R-08', result, pass: !details.failed, seed };
  } finally {
    await api.close();
    await rm(directory, { recursive: true, force: true });
  }
};

/** commands against a model of campaigns, over both wires. */
export const model: Scenario = {
  usage:
    '--runs 100000 --seed <n>   campaigns by random commands over two wires, against the table of states',
  run: async function* (args) {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ args: [...args], options: { runs: text, seed: text } });
    const seed = values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('seed', values.seed);
    yield await playCampaigns(wholeNumber('runs', values.runs ?? '100000'), seed);
  },
};
