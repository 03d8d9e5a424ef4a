import type { RawBuilder, SqlBool } from 'kysely';
import type { SchemaWords } from './migrations/migration.ts';

/** A piece of SQL that gives a text, a number, or NULL where there is none. */
export type Phrase<Value = unknown> = RawBuilder<Value>;

export type ColumnType = 'integer' | 'bigint' | 'text' | 'json';
export type Cell = string | number | object | null;
export type Cells<Row> = { readonly [Name in keyof Row]: Cell };
export type Columns<Row> = { readonly [Name in keyof Row]: ColumnType };

/** What an error of the engine means for the work that met it. */
export type Failure =
  /** Something unique is there already. */
  | 'duplicate'
  /** What was to be written is at fault: other work may go on. */
  | 'bad-data'
  /** Another transaction was in the way: the same again may succeed. */
  | 'conflict'
  /** The database cannot be written to, or the reason is unknown. */
  | 'outage';

/** All that differs between the engines. Nothing else asks which one it is. */
export type Engine = {
  /** Readers may lock rows, and skip rows that others have locked. */
  readonly rowLocks: boolean;
  /** A statement that is run once for each of many rows takes less time than one that is given them as a list. */
  readonly rowByRow: boolean;
  /** How many devices one statement may look at: it holds up everything else where it runs in this process. */
  readonly longestLook: number;
  readonly schema: SchemaWords;
  readonly failureOf: (error: unknown) => Failure;
  /** There was no room on the disk. */
  readonly isFull: (error: unknown) => boolean;

  /** A list of records as one text, which `rows` makes a table of these columns again. */
  readonly listOf: <Row extends Cells<Row>>(list: readonly Row[], columns: Columns<Row>) => string;
  readonly rows: <Row extends Cells<Row>>(list: string, columns: Columns<Row>) => Phrase<Row>;
  /** A JSON array of texts or of integers, given as text, as the right side of `in`. */
  readonly texts: (json: string) => Phrase<string>;
  readonly integers: (json: string) => Phrase<number>;

  /** Epoch milliseconds, by the clock of the machine that has the rows. */
  readonly now: Phrase<number>;

  /** A bound value where the engine could not tell its type from the context. */
  readonly text: (value: string) => Phrase<string>;
  readonly number: (value: number) => Phrase<number>;
  readonly contains: (text: Phrase, part: Phrase<string>) => Phrase<SqlBool>;

  /** The elements of a JSON array of texts as a table with the one column `value`. */
  readonly elementsOf: (array: Phrase) => Phrase<{ value: string }>;
  /** Whether it has this text. */
  readonly hasElement: (array: Phrase, text: Phrase<string>) => Phrase<SqlBool>;
  /** A value by its name in a JSON object, if it is of that type; else NULL. */
  readonly textAt: (object: Phrase, name: string) => Phrase<string | null>;
  readonly numberAt: (object: Phrase, name: string) => Phrase<number | null>;
  readonly isBooleanAt: (object: Phrase, name: string, value: boolean) => Phrase<SqlBool>;
  readonly hasName: (object: Phrase, name: string) => Phrase<SqlBool>;
};

/** A row or a record that fits no variant of its type: a defect, or data that somebody else wrote. */
export class MisfitError extends Error {}
