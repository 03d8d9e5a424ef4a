import { sql } from 'kysely';
import { type Db, first, prepared } from '../db.ts';

/** What is counted: keys within an account (0 is the server's own), and the events of each account. */
export type Sequence =
  | 'accounts'
  | 'users'
  | 'roles'
  | 'devices'
  | 'packages'
  | 'queries'
  | 'campaigns'
  | 'documents'
  // Of destinations and subscriptions, which share one.
  | 'push'
  | 'deliveries'
  | 'jobs'
  | 'events';

export const SERVER = 0;

/** Takes the next `count` numbers; gives the first. Whoever comes next waits until this transaction ends. */
export const allocate = async (db: Db, account: number, name: Sequence, count = 1): Promise<number> => {
  const row = await first(
    db,
    db.q
      .insertInto('sequences')
      .values({ account, name, next: 1 + count })
      .onConflict((conflict) =>
        conflict.columns(['account', 'name']).doUpdateSet({ next: sql`sequences.next + ${count}` }),
      )
      .returning('next'),
  );
  if (row === undefined) throw new Error('an upsert gave no row');
  return row.next - count;
};

const demand = { account: 'integer', count: 'bigint' } as const;

const allocateListed = prepared((db: Db, list: string) =>
  db.q
    .insertInto('sequences')
    .columns(['account', 'name', 'next'])
    .expression((eb) =>
      eb
        .selectFrom(db.engine.rows<{ account: number; count: number }>(list, demand).as('r'))
        .select(['r.account', sql.lit('events').as('name'), sql<number>`r.count + 1`.as('next')])
        .where(sql<boolean>`1 = 1`),
    )
    .onConflict((conflict) =>
      conflict.columns(['account', 'name']).doUpdateSet({ next: sql`sequences.next + excluded.next - 1` }),
    ),
);

/** Takes numbers for the events of many accounts at once: those below what `sequences` then has as the next. */
export const allocateEvents = async (db: Db, counts: ReadonlyMap<number, number>): Promise<void> => {
  // In the order of accounts, so that two of these cannot wait for each other.
  const list = [...counts].sort(([a], [b]) => a - b).map(([account, count]) => ({ account, count }));
  await allocateListed(db, db.engine.listOf(list, demand));
};
