import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { campaignDiagram } from './state-table/campaign-diagram.ts';
import { updateDiagram } from './state-table/update-diagram.ts';

const file = new URL('../ARCHITECTURE.md', import.meta.url);

const diagrams = [
  { name: 'campaign-states', draw: campaignDiagram },
  { name: 'update-states', draw: updateDiagram },
];

const partsOf = (text: string, name: string): [before: string, between: string, after: string] => {
  const [before, rest, ...more] = text.split(`<!-- ${name} -->\n`);
  const [between, after, ...others] = (rest ?? '').split(`<!-- /${name} -->`);
  if (
    before === undefined ||
    between === undefined ||
    after === undefined ||
    more.length + others.length > 0
  ) {
    throw new Error(`ARCHITECTURE.md needs one <!-- ${name} --> and one <!-- /${name} -->`);
  }
  return [before, between, after];
};

const redraw = async (name: string, diagram: string): Promise<void> => {
  const [before, , after] = partsOf(await readFile(file, 'utf8'), name);
  await writeFile(file, `${before}<!-- ${name} -->\n${diagram}<!-- /${name} -->${after}`);
};

describe('ARCHITECTURE.md', () => {
  it.each(diagrams)(
    'shows the $name as the table has them (UPDATE_DIAGRAMS=1 redraws)',
    async ({ name, draw }) => {
      const expected = `\n${draw()}\n\n`;
      if (process.env['UPDATE_DIAGRAMS'] === '1') await redraw(name, expected);
      expect(partsOf(await readFile(file, 'utf8'), name)[1]).toBe(expected);
    },
  );
});
