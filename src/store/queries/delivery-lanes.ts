import { sql } from 'kysely';
import { built, type Db, raw } from '../db.ts';
import type { DeliveryRow } from '../push-tables.ts';

/** The deliveries of one destination about one device, or about none (0). */
export type Lane = Pick<DeliveryRow, 'account' | 'destination' | 'device'>;

const columns = { account: 'integer', destination: 'integer', device: 'integer' } as const;

export const laneName = ({ account, destination, device }: Lane): string =>
  `${account}/${destination}/${device}`;

/** The one that is not behind, and the first of those that are. */
type Ends = Lane & {
  readonly head: number | null;
  readonly head_seq: number | null;
  readonly next: number | null;
  readonly next_seq: number | null;
};

// Not joined: a planner that knows nothing of a new backlog would rather read all of it than look into each lane.
const firstOf = (
  column: 'key' | 'seq',
  behind: 0 | 1,
) => sql`(select d.${sql.raw(column)} from deliveries as d
  where d.account = r.account and d.destination = r.destination and d.device = r.device
    and d.status = 0 and d.device >= 0 and d.behind = ${sql.lit(behind)}
  order by d.seq, d.key limit 1)`;

const endsOf = built((db: Db, list: string) =>
  raw(
    db,
    sql<Ends>`select r.account, r.destination, r.device,
        ${firstOf('key', 0)} as head, ${firstOf('seq', 0)} as head_seq,
        ${firstOf('key', 1)} as next, ${firstOf('seq', 1)} as next_seq
      from ${db.engine.rows<Lane>(list, columns)} as r`,
  ),
);

type Place = Pick<DeliveryRow, 'account' | 'key'>;
const placeColumns = { account: 'integer', key: 'bigint' } as const;

const flip = built((db: Db, list: string) =>
  raw(
    db,
    sql`update deliveries set behind = 1 - behind
      where (account, key) in (select account, key from ${db.engine.rows<Place>(list, placeColumns)} as r)`,
  ),
);

/** Those that change places: none when the head is the first, or when nothing waits. */
const misplaced = ({ account, head, head_seq, next, next_seq }: Ends): readonly Place[] => {
  if (next === null || next_seq === null) return [];
  if (head === null || head_seq === null) return [{ account, key: next }];
  const isInLine = head_seq < next_seq || (head_seq === next_seq && head < next);
  return isInLine ? [] : [head, next].map((key) => ({ account, key }));
};

/**
 * Puts lanes in order after something came or went: in each, the first that waits (by sequence number, then by key)
 * is the one that is not behind. Whoever calls holds their queues.
 */
export const tidyLanes = async (db: Db, lanes: readonly Lane[]): Promise<void> => {
  if (lanes.length === 0) return;
  const distinct = new Map(
    lanes.map(({ account, destination, device }) => {
      const lane = { account, destination, device };
      return [laneName(lane), lane] as const;
    }),
  );
  const ends = await endsOf(db, db.engine.listOf<Lane>([...distinct.values()], columns));
  const places = ends.flatMap(misplaced);
  if (places.length > 0) await flip(db, db.engine.listOf<Place>(places, placeColumns));
};
