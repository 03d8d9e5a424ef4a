/** Rows that one statement has put into a table. */
export type Inserted = { readonly table: string; readonly rows: number };

/** What comes in smaller pieces takes minutes to be much, and the database notices that by itself. */
const BULK = 500;
/** A table with fewer rows is as quickly read in any way. */
const FEW = 2_000;

/** What a statement of this text has put where, if that was much. */
export const bulkOf = (text: string, rows: number): Inserted | undefined => {
  if (rows < BULK) return undefined;
  const table = /^insert into "?(\w+)/i.exec(text)?.[1];
  return table === undefined ? undefined : { table, rows };
};

/**
 * Has a table analysed each time it has doubled. PostgreSQL does so by itself, but looks once a minute: until then what
 * connections keep ready is planned for the few rows there were, and each report goes through all of them.
 */
export const watchGrowth = (analyse: (table: string) => Promise<unknown>): ((inserted: Inserted) => void) => {
  const sizes = new Map<string, { readonly analysed: number; readonly since: number }>();
  let last: Promise<unknown> = Promise.resolve();
  return ({ table, rows }) => {
    const { analysed, since } = sizes.get(table) ?? { analysed: 0, since: 0 };
    const grown = since + rows;
    if (grown < Math.max(FEW, analysed)) {
      sizes.set(table, { analysed, since: grown });
      return;
    }
    sizes.set(table, { analysed: analysed + grown, since: 0 });
    // Nobody waits for it, and one that fails is made up for by the next, or by the database.
    last = last.then(() => analyse(table)).catch(() => undefined);
  };
};
