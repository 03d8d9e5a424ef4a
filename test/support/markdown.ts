/** One row of a table: cell text by column heading, without the marks of inline code. */
export type Row = Readonly<Record<string, string>>;

/**
 * The table in `text` whose first heading is `firstHeading`; throws when there is none, so that a renamed
 * table cannot make a test pass on nothing.
 */
export const markdownTable = (text: string, firstHeading: string): readonly Row[] => {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|') && cells(line)[0] === firstHeading);
  if (start < 0) throw new Error(`no table whose first heading is ${JSON.stringify(firstHeading)}`);
  const headings = cells(lines[start] ?? '');
  return tableLines(lines.slice(start + 2)).map((line) => toRow(headings, cells(line)));
};

const tableLines = (lines: readonly string[]): readonly string[] => {
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return end < 0 ? lines : lines.slice(0, end);
};

const cells = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('`', ''));

const toRow = (headings: readonly string[], values: readonly string[]): Row => {
  if (values.length !== headings.length) {
    throw new Error(`expected ${headings.length} cells, got ${values.length}: ${values.join(' | ')}`);
  }
  return Object.fromEntries(headings.map((heading, index) => [heading, values[index] ?? '']));
};
