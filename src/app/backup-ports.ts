/** A value of a column: integers and texts, and JSON as text. */
export type Cell = string | number | null;

/** A table by name, and its columns in the order in which rows have them. */
export type TableShape = { readonly name: string; readonly columns: readonly string[] };

export type Rows = readonly (readonly Cell[])[];

/** All tables as they were at one instant, whatever is written meanwhile. */
export type Snapshot = {
  /** The number of the last migration. */
  readonly schema: number;
  readonly engine: string;
  readonly tables: readonly TableShape[];
  /** In pieces of some hundred kilobytes; others have their turn between them. One table at a time. */
  rows(table: TableShape): AsyncIterable<Rows>;
  close(): Promise<void>;
};

/** Takes snapshots of the database, on a connection of their own. */
export type Snapshots = { open(): Promise<Snapshot> };

/** Makes the file of a backup as it is read; nothing is opened before the first bytes are asked for. */
export type Backups = {
  write(options: { readonly withKey: boolean }): AsyncGenerator<Uint8Array, void>;
};
