import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';

export const formats = ['table', 'json', 'yaml'] as const;
export type Format = (typeof formats)[number];

const isFormat = (text: string): text is Format => (formats as readonly string[]).includes(text);

/** One column of a table: its heading, and the text of a cell. */
export type Column<Item> = readonly [heading: string, cell: (item: Item) => string];

/** What results are written with. */
export type Printer = {
  /** Many records: as rows, or as an array. */
  readonly list: <Item>(items: readonly Item[], columns: readonly Column<Item>[]) => Promise<void>;
  /** One record: as lines of name and value, or as it is. */
  readonly one: <Item>(item: Item, columns: readonly Column<Item>[]) => Promise<void>;
  /** A record whose form for people is a text of its own. */
  readonly text: (value: unknown, text: string) => Promise<void>;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a server sends must not steer a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Text of one line that steers no terminal. */
export const plain = (text: string): string => text.replace(CONTROL, ' ');

const widthOf = (text: string): number => [...text].length;
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
const line = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, index) => pad(cell, widths[index] ?? 0))
    .join('  ')
    .trimEnd();

/** Rows below their headings, columns two blanks apart. */
export const toTable = <Item>(items: readonly Item[], columns: readonly Column<Item>[]): string => {
  const rows = items.map((item) => columns.map(([, cell]) => plain(cell(item))));
  const headings = columns.map(([heading]) => heading.toUpperCase());
  const widths = headings.map((heading, index) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[index] ?? '')), widthOf(heading)),
  );
  return [headings, ...rows].map((row) => `${line(row, widths)}\n`).join('');
};

/** Lines of name and value; values of several lines are indented below each other. */
export const toLines = <Item>(item: Item, columns: readonly Column<Item>[]): string => {
  const width = Math.max(...columns.map(([heading]) => widthOf(heading)));
  return columns
    .map(([heading, cell]) => {
      const [first = '', ...others] = cell(item).split('\n').map(plain);
      const rest = others.map((other) => `${' '.repeat(width + 2)}${other}\n`).join('');
      return `${line([heading, first], [width])}\n${rest}`;
    })
    .join('');
};

/** A value as JSON or YAML, ended by a line feed. */
export const serialized = async (value: unknown, format: Exclude<Format, 'table'>): Promise<string> => {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
};

export const printerOf = ({ out }: Pick<Io, 'out'>, format: Format): Printer => {
  const print = async (value: unknown, text: () => string): Promise<void> =>
    out(format === 'table' ? text() : await serialized(value, format));
  return {
    list: (items, columns) => print(items, () => (items.length === 0 ? '(none)\n' : toTable(items, columns))),
    one: (item, columns) => print(item, () => toLines(item, columns)),
    text: (value, text) => print(value, () => text),
  };
};

/** Refuses a format that nobody writes. */
export const formatOf = (text: string): Format => {
  if (isFormat(text)) return text;
  throw new CliError(`-o ${text} is no format`, { ending: 'usage', next: `-o ${formats.join(' | -o ')}` });
};
