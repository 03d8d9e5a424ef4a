import { type Compilable, type Expression, sql } from 'kysely';
import { type Db, prepared, raw } from './db.ts';
import type { ColumnType } from './engine.ts';
import { gatherLookups } from './gather-lookups.ts';

type Argument = string | number;
type Types<Args extends Argument[]> = { readonly [Index in keyof Args]: ColumnType };

/** Of several asks, which one a row answers. */
type Numbered = { readonly asked: number };

const nameOf = (index: number): string => `a${index}`;

/**
 * A prepared statement that looks up what belongs to a key: an account's, or something in an account. To a database that is
 * elsewhere, all that one turn of the event loop asks for of an account goes as one statement, since the way there takes
 * longer than to look. `types` are those of the arguments after the first; `build` may do nothing with any but bind them.
 */
export const lookup = <Key extends Argument, Others extends Argument[], Row extends object>(
  types: Types<Others>,
  build: (db: Db, key: Key, ...others: Others) => Compilable<Row> & Expression<unknown>,
): ((db: Db, key: Key, ...others: Others) => Promise<readonly Row[]>) => {
  type Ask = readonly [key: Key, ...others: Others];
  const alone = prepared<Ask, Row>(build);
  const columns = Object.fromEntries<ColumnType>([
    ['asked', 'integer'],
    ...types.map((type, index) => [nameOf(index), type] as const),
  ]);
  // Bound as a value, the account says by itself in which shard the rows are.
  const listed = prepared((db: Db, key: Key, list: string) => {
    const others = types.map((_, index) => sql.ref(`asks.${nameOf(index)}`)) as unknown as Others;
    return raw<Row & Numbered>(
      db,
      sql`select asks.asked, found.* from ${db.engine.rows(list, columns)} as asks
        cross join lateral (${build(db, key, ...others)}) as found`,
    );
  });
  const cellsOf = ([, ...others]: Ask, asked: number) =>
    Object.fromEntries([['asked', asked], ...others.map((value, index) => [nameOf(index), value])]);
  const loadOf = async (db: Db, key: Key, asks: readonly Ask[]): Promise<readonly (readonly Row[])[]> => {
    const [only] = asks;
    if (only !== undefined && asks.length === 1) return [await alone(db, ...only)];
    const answers = asks.map((): Row[] => []);
    for (const row of await listed(db, key, db.engine.listOf(asks.map(cellsOf), columns)))
      answers[row.asked]?.push(row);
    return answers;
  };
  const load = async (db: Db, asks: readonly Ask[]): Promise<ReadonlyMap<Ask, readonly Row[]>> => {
    const loaded = [...Map.groupBy(asks, ([key]) => key)].map(async ([key, some]) => {
      const answers = await loadOf(db, key, some);
      return some.map((ask, index) => [ask, answers[index] ?? []] as const);
    });
    return new Map((await Promise.all(loaded)).flat());
  };
  const gathered = new WeakMap<Db, (ask: Ask) => Promise<readonly Row[]>>();
  const gatheredOn = (db: Db) => {
    const found = gathered.get(db);
    if (found !== undefined) return found;
    const made = gatherLookups<Ask, readonly Row[]>({
      load: (asks) => load(db, asks),
      alone: (ask) => alone(db, ...ask),
      isTheirs: (error) => db.engine.failureOf(error) === 'bad-data',
      nameOf: JSON.stringify,
    });
    gathered.set(db, made);
    return made;
  };
  return (db, ...ask) => (db.isShared ? gatheredOn(db)(ask) : alone(db, ...ask));
};
