import { sql } from 'kysely';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { type Db, prepared, raw } from '../db.ts';
import { inOrder, nameOf } from './logs.ts';

/** What is due was handed out once more. */
export type Handed = {
  readonly account: AccountKey;
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly at: Instant;
};

const columns = { a: 'integer', c: 'integer', d: 'integer', at: 'bigint' } as const;
type Row = { readonly [Name in keyof typeof columns]: number };

const rowsOf = (handed: readonly Handed[]): readonly Row[] => {
  const latest = new Map<string, Row>();
  for (const one of handed) {
    const at = Math.max(one.at, latest.get(nameOf(one))?.at ?? 0);
    latest.set(nameOf(one), { a: one.account, c: one.campaign, d: one.device, at });
  }
  return inOrder([...latest.values()]);
};

const noteListed = prepared((db: Db, list: string) =>
  raw(
    db,
    sql`update updates set handed_at = r.at from ${db.engine.rows<Row>(list, columns)} as r
      where updates.account = r.a and updates.campaign = r.c and updates.device = r.d
        and updates.outcome = 0 and updates.handed_at < r.at`,
  ),
);

/** Notes on many open updates, in one statement, when they were last handed out; those that are gone or closed are left out. */
export const noteHanded = async (db: Db, handed: readonly Handed[]): Promise<void> => {
  if (handed.length === 0) return;
  await noteListed(db, db.engine.listOf(rowsOf(handed), columns));
};
