import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { goals } from './figures/goals.ts';
import { documentOf, shownOf } from './figures/table.ts';
import type { Figure } from './support/figures.ts';

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');

const figure = (more: Partial<Figure>): Figure => ({
  ...{
    id: 'R-01',
    result: '200 kills, 0 lost',
    pass: true,
    seed: 7,
    date: '2026-11-21',
    command: 'npm test',
  },
  ...more,
});

describe('the table of figures', () => {
  it('has every goal from R-01 to R-35 once', () => {
    const ids = Array.from({ length: 35 }, (_, index) => `R-${`${index + 1}`.padStart(2, '0')}`);
    expect(goals.map(({ id }) => id)).toEqual(ids);
  });

  it('is met only when each part of it is', () => {
    const parts = [figure({ part: 'SQLite' }), figure({ part: 'PostgreSQL', pass: false })];
    const stateOf = (figures: readonly Figure[]) => shownOf(goals, figures)[0]?.state;
    expect([stateOf([]), stateOf(parts.slice(0, 1)), stateOf(parts)]).toEqual(['unknown', 'met', 'missed']);
  });

  it('is the document of what was kept', async () => {
    const kept = JSON.parse(await read('../docs/figures.json')) as readonly Figure[];
    expect(await read('../docs/figures.md')).toBe(documentOf(kept));
  });

  it('keeps nothing that missed its goal without saying so', async () => {
    const kept = JSON.parse(await read('../docs/figures.json')) as readonly Figure[];
    const missed = kept.filter(({ pass }) => !pass);
    const document = await read('../docs/figures.md');
    expect(document.split('**missed**')).toHaveLength(missed.length + 1);
  });
});
