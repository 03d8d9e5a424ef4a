import { parseArgs } from 'node:util';
import { wholeNumber } from '../endurance/options.ts';
import type { Finding, Scenario } from '../endurance/scenario.ts';
import type { Dialect } from './dialect.ts';
import { muster } from './muster.ts';
import { pulse } from './pulse.ts';
import { fuzz } from './run.ts';
import { thingspace } from './thingspace.ts';

export const dialects = { muster, pulse, thingspace } as const satisfies Readonly<Record<string, Dialect>>;

const isDialect = (name: string): name is keyof typeof dialects => Object.hasOwn(dialects, name);

/** What became of a dialect under so many cases. */
export const fuzzDialect = async (dialect: Dialect, seed: number, cases: number): Promise<Finding> => {
  const { statuses, done, found } = await fuzz(dialect, seed, cases);
  for (const one of found) console.log(`${one.operation}, seed ${one.seed}: ${one.problem}: ${one.sent}`);
  const answers = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} of ${status}`);
  return {
    ...{ id: 'R-27', part: dialect.name, seed, pass: found.length === 0 },
    result: [
      `${found.length} failures in ${cases.toLocaleString('en')} cases`,
      `${done} of ${new Set(dialect.operations.map(({ name }) => name)).size} operations have worked`,
      answers.join(', '),
    ].join('; '),
  };
};

async function* run(args: readonly string[]): AsyncGenerator<Finding> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { dialect: text, seed: text, cases: text } });
  const seed = wholeNumber('seed', values.seed ?? '1');
  const cases = wholeNumber('cases', values.cases ?? '100000');
  const names = values.dialect === undefined ? Object.keys(dialects) : [values.dialect];
  for (const name of names) {
    if (!isDialect(name)) throw new Error(`--dialect: expected one of ${Object.keys(dialects).join(', ')}`);
    yield await fuzzDialect(dialects[name], seed, cases);
  }
}

/** Requests of every operation, from its schemas and beside them. */
export const fuzzing: Scenario = {
  usage: '[--dialect muster|pulse|thingspace] [--cases 100000] [--seed 1]   requests from the schemas',
  run,
};
