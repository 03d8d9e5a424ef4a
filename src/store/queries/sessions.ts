import { type RawBuilder, sql } from 'kysely';
import type { PageRequest } from '../../app/lists.ts';
import { type SessionKind, sessionKinds } from '../../app/protocol-ports.ts';
import type { AccountKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, atMost, change, type Db, prepared, raw } from '../db.ts';
import { indexOf } from '../rows/codec.ts';
import type { ProtocolSessionRow, SessionCells, SessionPlaceCells } from '../rows/session.ts';

export const findSession = prepared((db: Db, account: AccountKey, device: DeviceKey, kind: number) =>
  db.q
    .selectFrom('protocol_sessions')
    .selectAll()
    .where('kind', '=', kind)
    .where('account', '=', account)
    .where('device', '=', device),
);

export const findSessionByName = prepared((db: Db, kind: number, name: string) =>
  db.q.selectFrom('protocol_sessions').selectAll().where('kind', '=', kind).where('name', '=', name),
);

/** Keys are 31 bits wide: an account's and a device's make one number, which is exact below 4 million accounts. */
const DEVICES = 2_147_483_648;

export const cursorOf = ({ account, device }: ProtocolSessionRow): number => account * DEVICES + device;

/** By account and device, one more than the limit. */
export const listSessions = (
  db: Db,
  kind: SessionKind,
  { after, limit }: PageRequest,
): Promise<readonly ProtocolSessionRow[]> => {
  const [account, device] = [Math.floor(after / DEVICES), after % DEVICES];
  return all(
    db,
    db.q
      .selectFrom('protocol_sessions')
      .selectAll()
      .where('kind', '=', indexOf(sessionKinds, kind))
      .where(sql<boolean>`(account, device) > (${account}, ${device})`)
      .orderBy('account')
      .orderBy('device')
      .limit(atMost(limit + 1)),
  );
};

const columns = {
  k: 'integer',
  a: 'integer',
  d: 'integer',
  v: 'integer',
  e: 'bigint',
  n: 'text',
  b: 'text',
} as const;

type Written = { readonly kind: number; readonly account: number; readonly device: number };

const keysOf = ({ kind, account, device }: Written): SessionPlaceCells => ({
  ...{ k: kind, a: account, d: device },
});

/** Nobody else's name is taken, whose row may be of another account, and the device is there. */
const mayBe: RawBuilder<unknown> = sql`
  not exists (select 1 from protocol_sessions as o where o.kind = r.k and o.name = r.n
    and not (o.account = r.a and o.device = r.d))
  and exists (select 1 from devices as d where d.account = r.a and d.key = r.d)`;

const replace = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<Written>`update protocol_sessions set expires_at = r.e, version = protocol_sessions.version + 1,
        name = r.n, body = r.b
      from ${db.engine.rows<SessionCells>(list, columns)} as r
      where protocol_sessions.kind = r.k and protocol_sessions.account = r.a
        and protocol_sessions.device = r.d and protocol_sessions.version = r.v and ${mayBe}
      returning protocol_sessions.kind, protocol_sessions.account, protocol_sessions.device`,
  ),
);

const insert = prepared((db: Db, list: string) =>
  raw(
    db,
    sql<Written>`insert into protocol_sessions (kind, account, device, expires_at, version, name, body)
      select r.k, r.a, r.d, r.e, 1, r.n, r.b from ${db.engine.rows<SessionCells>(list, columns)} as r
      where ${mayBe} on conflict do nothing returning kind, account, device`,
  ),
);

const statements = { replace, insert } as const;

/**
 * How a session is written: in place of the version that was read, or only where there is none. No session and no name
 * may be listed twice. Gives those that were written.
 */
export const writeSessions = async (
  db: Db,
  how: keyof typeof statements,
  cells: readonly SessionCells[],
): Promise<readonly SessionPlaceCells[]> => {
  if (cells.length === 0) return [];
  // In one order, so that two transactions seldom wait for each other.
  const sorted = [...cells].sort((x, y) => x.k - y.k || x.a - y.a || x.d - y.d);
  const written = await statements[how](db, db.engine.listOf<SessionCells>(sorted, columns));
  return written.map(keysOf);
};

export const deleteSessionsOf = (db: Db, account: AccountKey, device: DeviceKey): Promise<number> =>
  change(
    db,
    db.q
      .deleteFrom('protocol_sessions')
      .where(
        'kind',
        'in',
        sessionKinds.map((_, index) => index),
      )
      .where('account', '=', account)
      .where('device', '=', device),
  );

export const deleteExpiredSessions = (db: Db, before: Instant): Promise<number> =>
  change(db, db.q.deleteFrom('protocol_sessions').where('expires_at', '<', before));
