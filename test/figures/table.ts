import type { Figure } from '../support/figures.ts';
import { type Goal, goals } from './goals.ts';

/** A goal, and what is known of it: `unknown` when no run has left it, `missed` when one run of its parts did. */
export type Shown = {
  readonly goal: Goal;
  readonly state: 'met' | 'missed' | 'unknown' | 'not measured';
  readonly figures: readonly Figure[];
};

const stateOf = ({ by }: Goal, figures: readonly Figure[]): Shown['state'] => {
  if (figures.length > 0) return figures.every(({ pass }) => pass) ? 'met' : 'missed';
  return typeof by === 'string' ? 'unknown' : 'not measured';
};

export const shownOf = (all: readonly Goal[], figures: readonly Figure[]): readonly Shown[] =>
  all.map((goal) => {
    const own = figures.filter(({ id }) => id === goal.id);
    return { goal, state: stateOf(goal, own), figures: own };
  });

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const lines = ({ goal, state, figures }: Shown): readonly string[] => {
  const head = [goal.id, goal.what, goal.goal];
  if (figures.length === 0) {
    const why = typeof goal.by === 'string' ? '' : goal.by.nobody;
    return [row([...head, state, why, '', '', ''])];
  }
  return figures.map(({ part = '', result, pass, seed, date, command }, index) =>
    row([
      ...(index === 0 ? head : ['', '', '']),
      pass ? 'met' : '**missed**',
      part === '' ? result : `${part}: ${result}`,
      seed === null ? '' : `${seed}`,
      date,
      `\`${command}\``,
    ]),
  );
};

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** docs/figures.md: every goal with its results. */
export const documentOf = (figures: readonly Figure[]): string => {
  const shown = shownOf(goals, figures);
  return `# Figures

What Muster promises about endurance, and what the runs have found. \`npm run figures -- --keep\` writes this page from
what tests and commands have left in \`.test-artifacts/figures\`; CI fails when one that its tests leave is missing or
misses its goal. The speed of single requests is in [benchmarks.md](benchmarks.md).

| | what | goal | | result | seed | date | command |
|---|---|---|---|---|---|---|---|
${shown.flatMap(lines).join('\n')}
`;
};
