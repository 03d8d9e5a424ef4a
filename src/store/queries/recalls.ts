import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Protocol, protocols } from '../../domain/device.ts';
import { change, type Db, literal } from '../db.ts';
import { indexOf } from '../rows/codec.ts';
import type { UpdateRow } from '../tables.ts';
import { type Members, OPEN } from './members.ts';
import { DELIVERED } from './silence.ts';

/** A condition on `updates`: their device was told to begin, and answers when it is asked to stop. */
export const answering = (recall: readonly Protocol[]): RawBuilder<SqlBool> => {
  if (recall.length === 0) return sql`1 = 0`;
  const spoken = recall.map((protocol) => literal(indexOf(protocols, protocol)));
  // The plus keeps planners off the index of the silent, which would lead through the whole campaign each time.
  return sql`+updates.position >= ${literal(DELIVERED)} and exists (select 1 from devices
    where devices.account = updates.account and devices.key = updates.device
      and devices.protocol in (${sql.join(spoken)}))`;
};

type Recalling = Pick<UpdateRow, 'recall' | 'reason' | 'message'>;

/** Recalls those open members that were not recalled before; gives how many. */
export const recallMembers = (db: Db, members: Members, recalling: Recalling): Promise<number> =>
  change(
    db,
    db.q
      .updateTable('updates')
      .set({ ...recalling, version: sql`updates.version + 1` })
      .where(sql<boolean>`${members} and ${OPEN} and updates.recall = 0`),
  );
