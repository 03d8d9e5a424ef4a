/** What a cell may hold. */
export type Cell = string | number | boolean | null;

/** A spreadsheet takes text that begins like this for a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

const textOf = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell !== 'string') return `${cell}`;
  return formula.test(cell) ? `'${cell}` : cell;
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * A line of CSV with its end (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe in front;
 * numbers stay as they are.
 */
export const csvLine = (cells: readonly Cell[]): string =>
  `${cells.map((cell) => quoted(textOf(cell))).join(',')}\r\n`;
