import type { LogEntry, UpdateLog } from '../../app/records.ts';
import type { UpdateLogRow } from '../tables.ts';
import { parse } from './codec.ts';

type Said = Omit<LogEntry, 'at'>;

/** With the body as a value, as the rows of a list are handed to the engine. */
export type LogCells = Omit<UpdateLogRow, 'body'> & { readonly body: Said };

export const toLogBody = ({ word, result, code, progress, lines }: LogEntry): Said => ({
  word,
  result,
  code,
  progress,
  lines,
});

/** An update beside each entry of its log, or beside nothing. */
export type LoggedRow = { readonly logged: number } & (
  | Pick<UpdateLogRow, 'n' | 'at' | 'body'>
  | { readonly n: null; readonly at: null; readonly body: null }
);

export const fromLoggedRows = (rows: readonly LoggedRow[]): UpdateLog => ({
  total: rows[0]?.logged ?? 0,
  entries: rows.flatMap((row) =>
    row.n === null ? [] : [{ n: row.n, at: row.at, ...parse<Said>(row.body) }],
  ),
});
