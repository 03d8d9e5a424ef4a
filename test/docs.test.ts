import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { malformed, problems } from '../src/api/muster/errors.ts';
import { settings } from '../src/server/settings.ts';
import { markdownTable } from './support/markdown.ts';

const readDoc = (name: string): Promise<string> =>
  readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('docs/config.md', () => {
  it('lists every setting in the order of the code, with its default and meaning', async () => {
    const rows = markdownTable(await readDoc('config.md'), 'variable');
    const expected = Object.values(settings).map((setting) => ({
      variable: setting.name,
      default: setting.shownDefault,
      meaning: setting.meaning,
    }));
    expect(rows).toEqual(expected);
  });
});

describe('docs/errors.md', () => {
  it.each([
    ['Refusals', problems],
    ['Malformed requests and failures', malformed],
  ])('lists every code of "%s" with its status, and no other', async (heading, table) => {
    const text = await readDoc('errors.md');
    const rows = markdownTable(text.slice(text.indexOf(`## ${heading}`)), 'code');
    const expected = Object.entries(table).map(([code, { status }]) => ({ code, status: String(status) }));
    expect(rows.map(({ code, status }) => ({ code, status }))).toEqual(expected);
  });
});

describe('reading a table', () => {
  it('keeps escaped bars and drops the marks of code', () => {
    const text = 'Intro\n\n| code | means |\n| --- | --- |\n| `a` | x \\| y |\n\n| other |\n';
    expect(markdownTable(text, 'code')).toEqual([{ code: 'a', means: 'x | y' }]);
  });

  it('throws for a table that is not there or a row that does not fit', () => {
    expect(() => markdownTable('nothing', 'code')).toThrow('no table');
    expect(() => markdownTable('| a | b |\n|---|---|\n| 1 |', 'a')).toThrow('expected 2 cells');
  });
});
