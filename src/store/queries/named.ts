import type { Db } from '../db.ts';
import type { Phrase } from '../engine.ts';

/** A record by its id. */
export type Named = { readonly account: number; readonly id: string };

const columns = { account: 'integer', id: 'text' } as const;

export const fullName = ({ account, id }: Named): string => `${account}/${id}`;

/** Each once, as one text. */
export const listOfNamed = (db: Db, named: readonly Named[]): string => {
  const distinct = new Map(named.map(({ account, id }) => [fullName({ account, id }), { account, id }]));
  return db.engine.listOf<Named>([...distinct.values()], columns);
};

/** Such a text as a table. */
export const namedIn = (db: Db, list: string): Phrase<Named> => db.engine.rows<Named>(list, columns);
