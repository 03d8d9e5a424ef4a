import { type RawBuilder, sql } from 'kysely';
import type { DeviceCensus, EndsCensus, ZoneCensus } from '../../app/census-ports.ts';
import { protocols } from '../../domain/device.ts';
import type { AccountKey, CampaignKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { outcomes, reasons } from '../../domain/update.ts';
import { all, type Db, literal, raw } from '../db.ts';
import { wordAt } from '../rows/codec.ts';
import { CLOSED, deviceSpan, memberSpan, membersIn, type Span } from './members.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Goes through all spans and adds up what is counted alike; others have their turn after each. */
const addUp = async <Row extends { readonly count: number }>(
  nextSpan: (after: number) => Promise<Span | undefined>,
  count: (span: Span) => Promise<readonly Row[]>,
): Promise<readonly Row[]> => {
  const sums = new Map<string, Row>();
  let span = await nextSpan(0);
  while (span !== undefined) {
    for (const row of await count(span)) {
      const name = JSON.stringify({ ...row, count: 0 });
      sums.set(name, { ...row, count: row.count + (sums.get(name)?.count ?? 0) });
    }
    await turn();
    span = span.next === null ? undefined : await nextSpan(span.next);
  }
  return [...sums.values()];
};

type EndRow = {
  readonly outcome: number;
  readonly reason: number;
  readonly stretch: number;
  readonly count: number;
};

/** How a campaign's updates have ended, by the stretch of so many milliseconds in which they did. */
export const countEnds = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  every: number,
): Promise<EndsCensus> => {
  const stretch = sql`updates.since / ${literal(every)}`;
  const rows = await addUp(
    (after) => memberSpan(db, { account, campaign }, { after, limit: db.engine.longestLook }),
    (span) =>
      all(
        db,
        raw(
          db,
          sql<EndRow>`select outcome, reason, ${stretch} as stretch, count(*) as count from updates
            where ${membersIn({ account, campaign }, span)} and ${CLOSED}
            group by outcome, reason, ${stretch}`,
        ),
      ),
  );
  return rows.map(({ outcome, reason, stretch: place, count }) => ({
    outcome: wordAt(outcomes, outcome - 1),
    reason: wordAt(reasons, reason),
    from: Number(place) * every,
    count,
  }));
};

/** In which time zones a campaign's devices are. */
export const countZones = async (db: Db, account: AccountKey, campaign: CampaignKey): Promise<ZoneCensus> => {
  const rows = await addUp(
    (after) => memberSpan(db, { account, campaign }, { after, limit: db.engine.longestLook }),
    (span) =>
      all(
        db,
        raw(
          db,
          sql<{ readonly zone: string; readonly count: number }>`select devices.time_zone as zone,
              count(*) as count
            from updates join devices on devices.account = updates.account and devices.key = updates.device
            where ${membersIn({ account, campaign }, span)}
            group by devices.time_zone`,
        ),
      ),
  );
  return rows.map(({ zone, count }) => ({ zone, devices: count }));
};

type KindRow = {
  readonly protocol: number;
  readonly version: string | null;
  readonly seen: number;
  readonly count: number;
};

/** Which of the instants, latest first, a device was last seen since: their place in the list. */
const placeOf = (since: readonly Instant[]): RawBuilder<unknown> =>
  sql`case ${sql.join(
    since.map((at, place) => sql`when devices.last_seen_at >= ${literal(at)} then ${literal(place)}`),
    sql` `,
  )} when devices.last_seen_at > 0 then ${literal(since.length)} else ${literal(since.length + 1)} end`;

/** What an account's devices are: by protocol, by the version of their firmware, and by when they were last seen. */
export const countDeviceKinds = async (
  db: Db,
  account: AccountKey,
  since: readonly Instant[],
): Promise<DeviceCensus> => {
  const rows = await addUp(
    (after) => deviceSpan(db, account, { after, limit: db.engine.longestLook }),
    ({ from, to }) =>
      all(
        db,
        raw(
          db,
          sql<KindRow>`select protocol, version, seen, count(*) as count from
            (select protocol, ${db.engine.textAt(sql`devices.versions`, 'firmware')} as version,
              ${placeOf(since)} as seen
            from devices where account = ${account} and key between ${from} and ${to}) as kinds
            group by protocol, version, seen`,
        ),
      ),
  );
  return rows.map(({ protocol, version, seen, count }) => ({
    protocol: wordAt(protocols, protocol),
    version: version ?? '',
    seen,
    count,
  }));
};
