/**
 * Per table and index the number of rows, then how many have the same first column, the same first two, and so
 * on. A table's own key has the name of the table.
 */
export type Expected = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Column types and table endings of an engine, so that a migration is written once. */
export type SchemaWords = {
  /** Text that is compared byte by byte. */
  readonly text: string;
  /** JSON that queries look into; the order of its names is not kept. */
  readonly json: string;
  /** JSON that comes back as it was. */
  readonly exactJson: string;
  /** Epoch milliseconds, or another integer that needs 64 bits. */
  readonly instant: string;
  /** The end of a table whose rows lie in the order of its key where the engine can do that. */
  readonly clustered: string;
  /** The same for rows that are written again and again. */
  readonly clusteredAndChanging: string;
  /** Tables can lie in pieces by a range of a column, which come and go as wholes. */
  readonly partitions: boolean;
  /** What has to be there before the first table. */
  readonly setUp: readonly string[];
  /** Tells a planner that gathers no statistics by itself what to expect; comes after the tables. */
  readonly expect: (expected: Expected) => readonly string[];
};

/** Forward only, and never edited once released. A breaking one locks out servers that do not know it. */
export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly breaking: boolean;
  readonly statements: (words: SchemaWords) => readonly string[];
};
