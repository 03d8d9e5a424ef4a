import { sql } from 'kysely';
import { type LogEntry, logLimits } from '../../app/records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { all, change, type Db, preparedForRows, raw, together, type Work } from '../db.ts';
import { type LogCells, type LoggedRow, toLogBody } from '../rows/log.ts';
import type { UpdateRow } from '../tables.ts';
import type { Members } from './members.ts';

/** Which update. */
export type Place = Pick<UpdateRow, 'account' | 'campaign' | 'device'>;

export const nameOf = ({ account, campaign, device }: Place): string => `${account}/${campaign}/${device}`;

/** An update that was written, and how many entries its log has had since. */
export type Logged = Place & { readonly logged: number };

/** An entry that is to be appended to the log of an update. */
export type Line = {
  readonly account: AccountKey;
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly entry: LogEntry;
};

/** The update with each entry of its log, in order; one row with NULLs when there is none. */
export const findLog = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  device: DeviceKey,
): Promise<readonly LoggedRow[]> =>
  all(
    db,
    raw(
      db,
      sql<LoggedRow>`select updates.logged, l.n, l.at, l.body from updates
        left join update_logs as l on l.account = updates.account and l.campaign = updates.campaign
          and l.device = updates.device
        where updates.account = ${account} and updates.campaign = ${campaign} and updates.device = ${device}
        order by l.n`,
    ),
  );

type Heard = {
  readonly a: number;
  readonly c: number;
  readonly d: number;
  readonly h: Instant;
  readonly l: number;
};

/** In one order, so that two transactions seldom wait for each other. */
export const inOrder = <Row extends { readonly a: number; readonly c: number; readonly d: number }>(
  rows: readonly Row[],
): readonly Row[] => [...rows].sort((x, y) => x.a - y.a || x.c - y.c || x.d - y.d);

const heardOf = (lines: readonly Line[]): readonly Heard[] => {
  const heard = new Map<string, Heard>();
  for (const line of lines) {
    const before = heard.get(nameOf(line));
    heard.set(nameOf(line), {
      ...{ a: line.account, c: line.campaign, d: line.device },
      h: Math.max(line.entry.at, before?.h ?? 0),
      l: 1 + (before?.l ?? 0),
    });
  }
  return inOrder([...heard.values()]);
};

const heardColumns = { a: 'integer', c: 'integer', d: 'integer', h: 'bigint', l: 'integer' } as const;
const hearListed = preparedForRows<Heard, Logged>(heardColumns, (db, rows) =>
  raw(
    db,
    sql<Logged>`update updates set logged = updates.logged + r.l,
        heard_at = case when updates.heard_at > r.h then updates.heard_at else r.h end
      from ${rows} as r
      where updates.account = r.a and updates.campaign = r.c and updates.device = r.d
      returning account, campaign, device, logged`,
  ),
);

/** Notes on many updates that they were heard from, in one statement. Gives those there are. */
export const hearUpdates = async (db: Db, lines: readonly Line[]): Promise<readonly Logged[]> =>
  lines.length === 0 ? [] : hearListed(db, heardOf(lines));

const numbered = (lines: readonly Line[], totals: ReadonlyMap<string, number>): readonly LogCells[] => {
  const next = new Map(totals);
  for (const line of lines) next.set(nameOf(line), (next.get(nameOf(line)) ?? 0) - 1);
  return lines.map((line) => {
    const n = (next.get(nameOf(line)) ?? 0) + 1;
    next.set(nameOf(line), n);
    const { account, campaign, device, entry } = line;
    return { account, campaign, device, n, at: entry.at, body: toLogBody(entry) };
  });
};

/**
 * Writes entries whose updates have counted them already, with a statement each; `totals` are the counts by the name of the update.
 * Each that is beyond what a log keeps takes the place of the oldest of the latest.
 */
export const writingOf = (
  db: Db,
  lines: readonly Line[],
  totals: ReadonlyMap<string, number>,
): readonly Work[] => {
  if (lines.length === 0) return [];
  const cells = numbered(lines, totals);
  const { first, last } = logLimits;
  const replaced = cells.filter(({ n }) => n > first + last).map((line) => ({ ...line, n: line.n - last }));
  return [() => insertLines(db, cells), () => deleteLines(db, replaced)];
};

const lineColumns = {
  account: 'integer',
  campaign: 'integer',
  device: 'integer',
  n: 'integer',
  at: 'bigint',
  body: 'json',
} as const;
const lineNames = Object.keys(lineColumns) as (keyof typeof lineColumns)[];

const insertLines = preparedForRows<LogCells, unknown>(lineColumns, (db, rows) =>
  db.q
    .insertInto('update_logs')
    .columns(lineNames)
    .expression((eb) => eb.selectFrom(rows.as('r')).select(lineNames.map((name) => `r.${name}` as const))),
);

type Numbered = Place & { readonly n: number };

const deleteLines = async (db: Db, lines: readonly Numbered[]): Promise<void> => {
  if (lines.length === 0) return;
  const { account, campaign, device, n } = lineColumns;
  const columns = { account, campaign, device, n };
  const places = lines.map((line) => ({
    ...{ account: line.account, campaign: line.campaign, device: line.device, n: line.n },
  }));
  const rows = db.engine.rows<Numbered>(db.engine.listOf<Numbered>(places, columns), columns);
  await change(
    db,
    raw(
      db,
      sql`delete from update_logs
        where (account, campaign, device, n) in (select account, campaign, device, n from ${rows} as r)`,
    ),
  );
};

/** Appends one entry; gives how many updates there were to append it to. */
export const appendLine = async (db: Db, line: Line): Promise<number> => {
  const heard = await hearUpdates(db, [line]);
  if (heard.length > 0) await together(...writingOf(db, [line], totalsOf(heard)));
  return heard.length;
};

export const totalsOf = (updates: readonly Logged[]): ReadonlyMap<string, number> =>
  new Map(updates.map((update) => [nameOf(update), update.logged]));

/** Deletes the logs of these updates, which are gone. */
export const deleteLogsOf = async (db: Db, places: readonly Place[]): Promise<void> => {
  if (places.length === 0) return;
  const columns = { account: 'integer', campaign: 'integer', device: 'integer' } as const;
  const rows = db.engine.rows<Place>(db.engine.listOf<Place>(places, columns), columns);
  await change(
    db,
    raw(
      db,
      sql`delete from update_logs
        where (account, campaign, device) in (select account, campaign, device from ${rows} as r)`,
    ),
  );
};

export const deleteLogsOfCampaign = (db: Db, account: AccountKey, campaign: CampaignKey): Promise<number> =>
  change(db, db.q.deleteFrom('update_logs').where('account', '=', account).where('campaign', '=', campaign));

/** Deletes the logs of members, a condition on `updates`. */
export const deleteLogsOfMembers = (
  db: Db,
  { account, campaign }: Pick<Line, 'account' | 'campaign'>,
  members: Members,
): Promise<number> =>
  change(
    db,
    raw(
      db,
      sql`delete from update_logs where account = ${account} and campaign = ${campaign}
        and device in (select updates.device from updates where ${members})`,
    ),
  );
