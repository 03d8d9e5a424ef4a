import type { Rows, TableShape } from '../app/backup-ports.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { backedUpBy } from './table-names.ts';

/** What is to be loaded does not fit this version of the tables, or what is there is not empty; a sentence for a person. */
export class CannotLoad extends Error {}

/** Tables as they were in schema `schema`. */
export type Loaded = { readonly schema: number; readonly tables: readonly TableShape[] };

/** Adds rows, whose cells are in the order of the columns of the table. */
export type Insert = (table: TableShape, rows: Rows) => Promise<void>;

/** Puts everything in; what it throws undoes all of it. */
export type Fill = (insert: Insert) => Promise<void>;

/** Those up to a schema: rows are put into the tables that they came from, and brought forward with them. */
export const migrationsUpTo = (schema: number): readonly Migration[] => {
  const known = migrations.at(-1)?.number ?? 0;
  if (schema > known) {
    throw new CannotLoad(
      `the backup has schema ${schema}, this version of Muster knows ${known}: restore it with the version that made it, or a later one`,
    );
  }
  return migrations.filter(({ number }) => number <= schema);
};

/** Throws unless the backup has all tables, with just the columns that they have here. */
export const checkShape = (table: TableShape, columns: readonly string[]): void => {
  const missing = columns.filter((name) => !table.columns.includes(name));
  const unknown = table.columns.filter((name) => !columns.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw new CannotLoad(
    `the table ${table.name} of the backup is not as this version of Muster has it (missing: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'})`,
  );
};

/** Throws unless the tables of the backup are those of its schema, as this version knows it. */
export const checkTables = ({ schema, tables }: Loaded): void => {
  const known = backedUpBy(schema);
  const names = tables.map(({ name }) => name);
  const wrong = [
    ...known.filter((name) => !names.includes(name)),
    ...names.filter((name) => !known.includes(name)),
  ];
  if (wrong.length === 0) return;
  throw new CannotLoad(
    `the backup and this version of Muster do not have the same tables: ${wrong.join(', ')}`,
  );
};
