import { readdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Figure, figuresDirectory } from '../support/figures.ts';
import { type Goal, goals } from './goals.ts';
import { documentOf, type Shown, shownOf } from './table.ts';

const kept = new URL('../../docs/figures.json', import.meta.url);
const document = new URL('../../docs/figures.md', import.meta.url);

const usage = `npm run figures -- [options]
  --keep    write what the runs of this checkout have found to docs/figures.json and docs/figures.md
  --check   fail unless each figure that the tests leave is there and good; for CI, after the tests`;

const fromRuns = async (): Promise<readonly Figure[]> => {
  const names = await readdir(figuresDirectory).catch(() => []);
  const texts = names
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFile(new URL(name, figuresDirectory), 'utf8'));
  return (await Promise.all(texts)).map((text) => JSON.parse(text) as Figure);
};

const fromDocument = async (): Promise<readonly Figure[]> =>
  JSON.parse(await readFile(kept, 'utf8').catch(() => '[]')) as readonly Figure[];

const nameOf = ({ id, part = '' }: Figure): string => `${id} ${part}`;

/** The later ones in place of the earlier. */
const merged = (earlier: readonly Figure[], later: readonly Figure[]): readonly Figure[] => {
  const byName = new Map([...earlier, ...later].map((figure) => [nameOf(figure), figure]));
  return [...byName.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
};

const keep = async (figures: readonly Figure[]): Promise<void> => {
  await writeFile(kept, `${JSON.stringify(figures, null, 2)}\n`);
  await writeFile(document, documentOf(figures));
};

const isOwed = ({ by }: Goal): boolean => by === 'ci';

/** Red is a figure that missed its goal, and one that the tests owe and did not leave. */
const redOf = (shown: readonly Shown[]): readonly Shown[] =>
  shown.filter(({ goal, state }) => state === 'missed' || (state === 'unknown' && isOwed(goal)));

const { values } = parseArgs({
  options: {
    keep: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const run = async (): Promise<void> => {
  const found = await fromRuns();
  const figures = values.check ? found : merged(await fromDocument(), found);
  if (values.keep) await keep(figures);
  console.log(documentOf(figures));
  const red = redOf(shownOf(goals, figures));
  for (const { goal, state } of red) console.error(`${goal.id} ${goal.what}: ${state}`);
  if (values.check && red.length > 0) process.exitCode = 1;
};

if (values.help) console.log(usage);
else await run();
