import { noteFigure } from '../support/figures.ts';
import type { Finding, Scenario } from './scenario.ts';

/** A scenario is loaded when it is asked for, so that none needs what another does. */
const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  herd: async () => (await import('./herd/herd.ts')).herd,
  whole: async () => (await import('./whole/whole.ts')).whole,
  soak: async () => (await import('./soak/soak.ts')).soak,
  interleavings: async () => (await import('./interleavings/interleavings.ts')).interleavings,
  linear: async () => (await import('./linear/linear.ts')).linear,
  model: async () => (await import('./model/model.ts')).model,
  kills: async () => (await import('./kill/kills.ts')).kills,
  receivers: async () => (await import('./receivers/dead-receivers.ts')).receivers,
  fuzz: async () => (await import('../fuzz/scenario.ts')).fuzzing,
  lossy: async () => (await import('./simulation/simulation.ts')).lossy,
  simulation: async () => (await import('./simulation/simulation.ts')).simulation,
  database: async () => (await import('./database/database.ts')).database,
  disk: async () => (await import('./disk/disk.ts')).disk,
  flush: async () => (await import('./flush/flush.ts')).flush,
  steps: async () => (await import('./steps/steps.ts')).steps,
};

const nameOf = ([word = '', ...rest]: readonly string[]): readonly [string, readonly string[]] => [
  word,
  rest,
];

const usageOf = async (): Promise<string> => {
  const lines = await Promise.all(
    Object.entries(scenarios).map(async ([name, load]) => `  ${name} ${(await load()).usage}`),
  );
  return ['npm run endurance -- <scenario> [options]', ...lines].join('\n');
};

const tell = ({ id, part = '', result, pass }: Finding): void =>
  console.log(`${id} ${part}: ${pass ? 'met' : 'MISSED'}, ${result}`);

const run = async (words: readonly string[]): Promise<void> => {
  const [name, args] = nameOf(words);
  const load = scenarios[name];
  if (load === undefined) {
    console.log(await usageOf());
    process.exitCode = name === '--help' ? 0 : 2;
    return;
  }
  const scenario = await load();
  const command = `npm run endurance -- ${words.join(' ')}`;
  for await (const finding of scenario.run(args)) {
    tell(finding);
    await noteFigure({ ...finding, command });
    if (!finding.pass) process.exitCode = 1;
  }
};

await run(process.argv.slice(2));
