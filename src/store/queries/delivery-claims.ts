import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../../domain/time.ts';
import { atMost, built, type Db, raw } from '../db.ts';
import type { Ready } from './delivery-queues.ts';

type Taken = { readonly key: number; readonly due_at: Instant };

/** Due, the longest overdue first. What is passed over on the way is on its way, and that is not much. */
const due = (
  account: number,
  destination: number,
  now: Instant,
  limit: number,
  behind: 0 | 1,
  and: RawBuilder<unknown> = sql``,
) => sql`select c.key, c.due_at from deliveries as c
  where c.account = ${account} and c.destination = ${destination} and c.status = 0
    and c.tries >= 0 and c.behind = ${sql.lit(behind)} and c.due_at <= ${now} and c.lease <= ${now} ${and}
  order by c.due_at, c.key limit ${atMost(limit)}`;

const lease = (db: Db, account: number, until: Instant, keys: RawBuilder<unknown>) =>
  raw(
    db,
    sql<Taken>`update deliveries set lease = ${until} where account = ${account} and key in (${keys}) returning key, due_at`,
  );

/** The first of each lane, unless another one of the lane is on its way. */
const takeFirsts = built(
  (db: Db, account: number, destination: number, now: Instant, until: Instant, limit: number) => {
    const isFree = sql`and not exists (select 1 from deliveries as l
      where l.account = c.account and l.destination = c.destination and l.lease > 0 and l.lease > ${now}
        and l.device = c.device)`;
    const firsts = due(account, destination, now, limit, 0, isFree);
    return lease(db, account, until, sql`select key from (${firsts}) as firsts`);
  },
);

const takeAny = built(
  (db: Db, account: number, destination: number, now: Instant, until: Instant, limit: number) => {
    const firsts = due(account, destination, now, limit, 0);
    const others = due(account, destination, now, limit, 1);
    return lease(
      db,
      account,
      until,
      sql`select key from (
        select key, due_at from (${firsts}) as firsts union all select key, due_at from (${others}) as others
      ) as due order by due_at, key limit ${atMost(limit)}`,
    );
  },
);

/** Leases so many deliveries of a queue that the caller holds. Gives their keys, the longest overdue first. */
export const takeDue = async (
  db: Db,
  { account, destination, strict }: Ready,
  now: Instant,
  until: Instant,
  limit: number,
): Promise<readonly number[]> => {
  const take = strict === 1 ? takeFirsts : takeAny;
  const taken = await take(db, account, destination, now, until, limit);
  return taken.toSorted((a, b) => a.due_at - b.due_at || a.key - b.key).map(({ key }) => key);
};
