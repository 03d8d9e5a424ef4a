import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { ImportRow } from '../../app/device-import.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { type ImportRow as RowBody, ImportRow as RowSchema } from '../../wire/muster/devices.ts';
import { toDevicePatch } from './device-patch.ts';
import { MalformedRequest } from './errors.ts';
import { flawFinder } from './validation.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** The longest line of JSON, and row of CSV, in bytes and in characters. */
const LONGEST_ROW = 65_536;
const GOT_LIMIT = 120;

const flawOfRow = flawFinder(RowSchema);

const isRow = (value: unknown): value is RowBody => flawOfRow(value) === undefined;

const idOf = (value: unknown): string | null => {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' ? id.slice(0, GOT_LIMIT) : null;
};

const unfit = (row: number, id: string | null, flaw: Omit<RefusalOf<'invalid'>, 'code'>): ImportRow => ({
  row,
  id,
  refusal: { code: 'invalid', ...flaw },
});

/** A row from what stood in it, by the schema that both forms share. */
const toRow = (row: number, value: unknown): ImportRow => {
  if (isRow(value)) {
    const { id, ...patch } = value;
    return { row, id: id ?? null, patch: toDevicePatch(patch) };
  }
  const flaw = flawOfRow(value) ?? { at: '', expected: 'a device', got: 'something else' };
  const field = flaw.at.slice(1) === '' ? 'row' : flaw.at.slice(1);
  return unfit(row, idOf(value), { field, expected: flaw.expected, got: flaw.got });
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const jsonRow = (row: number, line: Uint8Array): ImportRow | undefined => {
  const text = decoded(line);
  if (text === undefined) return unfit(row, null, { field: 'row', expected: 'UTF-8', got: 'other bytes' });
  if (text.trim() === '') return undefined;
  try {
    return toRow(row, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const got = error.message.slice(0, GOT_LIMIT);
    return unfit(row, null, { field: 'row', expected: 'a JSON object on one line', got });
  }
};

/** The lines of a body without their line feeds; `undefined` for one that is longer than a row may be. */
export async function* splitLines(bytes: Bytes): AsyncGenerator<Uint8Array | undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const hold = (part: Uint8Array): void => {
    size += part.length;
    if (size <= LONGEST_ROW) parts.push(part);
    else parts = [];
  };
  const line = (): Uint8Array | undefined => {
    const whole = size > LONGEST_ROW ? undefined : parts.length === 1 ? parts[0] : Buffer.concat(parts);
    parts = [];
    size = 0;
    return whole;
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      hold(chunk.subarray(from, end));
      yield line();
      from = end + 1;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
  }
  if (size > 0) yield line();
}

/** Rows of a body with one JSON object per line; blank lines are counted and left out. */
export async function* jsonRows(bytes: Bytes): AsyncGenerator<ImportRow> {
  let row = 0;
  for await (const line of splitLines(bytes)) {
    row += 1;
    const read =
      line === undefined
        ? unfit(row, null, { field: 'row', expected: `at most ${LONGEST_ROW} bytes`, got: 'a longer line' })
        : jsonRow(row, line);
    if (read !== undefined) yield read;
  }
}

async function* textOf(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new MalformedRequest('request/malformed', 'Expected CSV in UTF-8; got bytes that are not.');
    }
  };
  for await (const chunk of bytes) yield decode(chunk);
  yield decode();
}

/** The cells of each row of a CSV body. */
async function* csvCells(bytes: Bytes): AsyncGenerator<readonly string[]> {
  const parser = parse({
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  // The parser carries the errors of both to whoever reads it.
  pipeline(Readable.from(textOf(bytes)), parser, () => undefined);
  try {
    yield* parser;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new MalformedRequest('request/malformed', `Not CSV: ${error.message.slice(0, 2 * GOT_LIMIT)}.`);
  }
}

/** Where the cells of a column go; the value of a cell in there. */
type Column = {
  readonly place: 'field' | 'versions' | 'attributes';
  readonly name: string;
  readonly read: (cell: string) => unknown;
};

const asText = (cell: string): string => cell;
const asTags = (cell: string): readonly string[] =>
  cell
    .split(';')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A number too large to be kept exactly is most likely a serial number, and must not lose digits. */
const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

const asScalar = (cell: string): string | number | boolean => {
  if (cell === 'true' || cell === 'false') return cell === 'true';
  const value = jsonNumber.test(cell) ? Number(cell) : Number.NaN;
  return isExact(value) ? value : cell;
};

const fields = ['id', 'name', 'make', 'model', 'protocol', 'timeZone'];

const columnOf = (heading: string): Column | undefined => {
  if (fields.includes(heading)) return { place: 'field', name: heading, read: asText };
  if (heading === 'tags') return { place: 'field', name: heading, read: asTags };
  const [, prefix, name] = /^(version|attribute)\.(.+)$/.exec(heading) ?? [];
  if (name === undefined || name === '__proto__') return undefined;
  return prefix === 'version'
    ? { place: 'versions', name, read: asText }
    : { place: 'attributes', name, read: asScalar };
};

const columnsOf = (headings: readonly string[]): readonly Column[] => {
  const names = headings.map((heading) => heading.trim());
  return names.map((heading, at) => {
    const column = columnOf(heading);
    const got = `${JSON.stringify(heading.slice(0, GOT_LIMIT))} in column ${at + 1} of the header`;
    if (column === undefined) {
      const known = `${fields.join(', ')}, tags, version.<component> or attribute.<name>`;
      throw new MalformedRequest('request/malformed', `Expected ${known}; got ${got}.`);
    }
    if (names.indexOf(heading) === at) return column;
    throw new MalformedRequest('request/malformed', `Expected each column once; got another ${got}.`);
  });
};

/** An empty cell says nothing about the device. */
const bodyOf = (columns: readonly Column[], cells: readonly string[]): unknown => {
  const given = columns.flatMap(({ place, name, read }, at) => {
    const cell = cells[at] ?? '';
    return cell === '' ? [] : [{ place, entry: [name, read(cell)] as const }];
  });
  const entries = (wanted: Column['place']) =>
    Object.fromEntries(given.filter(({ place }) => place === wanted).map(({ entry }) => entry));
  return { ...entries('field'), versions: entries('versions'), attributes: entries('attributes') };
};

/** Rows of a CSV body below its header; throws `MalformedRequest` where it stops being CSV. */
export async function* csvRows(bytes: Bytes): AsyncGenerator<ImportRow> {
  let columns: readonly Column[] | undefined;
  let row = 0;
  for await (const cells of csvCells(bytes)) {
    if (columns === undefined) {
      columns = columnsOf(cells);
      continue;
    }
    row += 1;
    if (cells.length === columns.length) yield toRow(row, bodyOf(columns, cells));
    else {
      const expected = `${columns.length} cells as in the header`;
      yield unfit(row, null, { field: 'row', expected, got: `${cells.length}` });
    }
  }
  if (columns === undefined) {
    throw new MalformedRequest('request/malformed', 'Expected a header row; got an empty body.');
  }
}
