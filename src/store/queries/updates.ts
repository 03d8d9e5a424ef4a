import { type RawBuilder, sql } from 'kysely';
import type { UpdateFilter } from '../../app/lists.ts';
import type { LogEntry, StoredUpdate } from '../../app/records.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import { positions } from '../../domain/position.ts';
import { reasons, type Update } from '../../domain/update.ts';
import {
  all,
  atMost,
  bounded,
  change,
  type Db,
  literal,
  prepared,
  preparedForRows,
  raw,
  together,
  type Work,
} from '../db.ts';
import type { Engine } from '../engine.ts';
import { lookup } from '../lookup.ts';
import { asKey, indexOf } from '../rows/codec.ts';
import { fromStanding, outcomeIndex, slotOf, toUpdateCells, type UpdateCells } from '../rows/update.ts';
import type { UpdateRow } from '../tables.ts';
import { tallyDeltas } from '../tallies.ts';
import { addDevicePackages } from './campaign-packages.ts';
import { addToCounts, type CountDelta } from './counts.ts';
import { deleteLogsOf, deleteLogsOfCampaign, inOrder, type Logged, nameOf, totalsOf } from './logs.ts';
import { DELIVERED } from './silence.ts';
import { addToTallies, type TallyDelta } from './tallies.ts';
import { deleteTransfersOf, deleteTransfersOfCampaign } from './transfers.ts';

export type ListedRow = UpdateRow & { device_id: string; campaign_id: string };

export const findUpdate = lookup(
  ['integer', 'integer'],
  (db: Db, account: AccountKey, campaign: CampaignKey, device: DeviceKey) =>
    db.q
      .selectFrom('updates')
      .selectAll()
      .where('account', '=', account)
      .where('campaign', '=', campaign)
      .where('device', '=', device),
);

/** Updates with the ids of their devices and campaigns. */
export const listed = (db: Db) =>
  db.q
    .selectFrom('updates')
    .innerJoin('devices', (join) =>
      join.onRef('devices.account', '=', 'updates.account').onRef('devices.key', '=', 'updates.device'),
    )
    .innerJoin('campaigns', (join) =>
      join.onRef('campaigns.account', '=', 'updates.account').onRef('campaigns.key', '=', 'updates.campaign'),
    )
    .selectAll('updates')
    .select(['devices.id as device_id', 'campaigns.id as campaign_id']);

const is = (condition: RawBuilder<unknown>): RawBuilder<boolean> => sql`${condition}`;

/**
 * States are written out, not bound, and a single outcome names the condition of its index too: that is how it
 * is found. With several the order of the table itself is the shorter way.
 */
const ended = (wanted: readonly number[]): RawBuilder<boolean>[] => {
  const [only] = wanted;
  if (only === undefined) return [];
  if (wanted.length > 1) return [is(sql`updates.outcome in (${sql.join(wanted.map(literal))})`)];
  const exact = is(sql`updates.outcome = ${literal(only)}`);
  return only > 1 ? [exact, is(sql`updates.outcome > 1`)] : [exact];
};

/** Its admission names the wave; what comes after is more of it, or its end. */
const underWave = (engine: Engine, wave: number): RawBuilder<boolean> => {
  const extras = sql`cast(updates.extras as text)`;
  const named = [',', '}'].map((end) => engine.contains(extras, engine.text(`"wave":${wave}${end}`)));
  return is(sql`updates.extras is not null and (${sql.join(named, sql` or `)})`);
};

/** What a filter asks of `updates`. */
export const conditions = (
  engine: Engine,
  { positions: at, outcomes, open, reasons: because = [], present = false, wave }: UpdateFilter,
): RawBuilder<boolean>[] => {
  const places = at.map((position) => literal(indexOf(positions, position)));
  return [
    ...(places.length > 0 ? [is(sql`updates.position in (${sql.join(places)})`)] : []),
    ...ended(outcomes.map(outcomeIndex)),
    ...(open === null ? [] : [open ? is(sql`updates.outcome = 0`) : is(sql`updates.outcome > 0`)]),
    ...(because.length > 0
      ? [
          is(
            sql`updates.outcome > 0 and updates.reason in (${sql.join(because.map((reason) => literal(indexOf(reasons, reason))))})`,
          ),
        ]
      : []),
    ...(wave === undefined ? [] : [underWave(engine, wave)]),
    ...(present ? [is(sql`updates.outcome <> ${literal(outcomeIndex('removed'))}`)] : []),
  ];
};

/** By device key, one more than the limit. */
export const listUpdates = (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
  filter: UpdateFilter,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ListedRow[]> =>
  all(
    db,
    listed(db)
      .where('updates.account', '=', account)
      .where('updates.campaign', '=', campaign)
      .where('updates.device', '>', bounded(after))
      .where((eb) => eb.and(conditions(db.engine, filter)))
      .orderBy('updates.device')
      .limit(atMost(limit + 1)),
  );

/** More than a device is ever in at once. */
const MOST_OPEN = 100;

/** Those that their device was told to begin with first, then by the priority of their campaigns. */
export const openUpdates = lookup(['integer'], (db: Db, account: AccountKey, device: DeviceKey) =>
  db.q
    .selectFrom('updates')
    .innerJoin('campaigns', (join) =>
      join.onRef('campaigns.account', '=', 'updates.account').onRef('campaigns.key', '=', 'updates.campaign'),
    )
    .selectAll('updates')
    .where('updates.account', '=', account)
    .where('updates.device', '=', device)
    .where(sql<boolean>`updates.outcome = 0`)
    .orderBy(sql`case when updates.position >= ${literal(DELIVERED)} then 0 else 1 end`)
    .orderBy('campaigns.priority', 'desc')
    .orderBy('updates.campaign')
    .limit(literal(MOST_OPEN)),
);

export const openUpdatesOfDevice = prepared((db: Db, account: AccountKey, device: DeviceKey, limit: number) =>
  listed(db)
    .where('updates.account', '=', account)
    .where('updates.device', '=', device)
    .where(sql<boolean>`updates.outcome = 0`)
    .orderBy('updates.campaign')
    .limit(atMost(limit)),
);

export const closedUpdatesOfDevice = prepared(
  (db: Db, account: AccountKey, device: DeviceKey, limit: number) =>
    listed(db)
      .where('updates.account', '=', account)
      .where('updates.device', '=', device)
      .where(sql<boolean>`updates.outcome > 0`)
      .orderBy('updates.campaign')
      .limit(atMost(limit)),
);

/** The condition of the index comes first; a device has few closed updates, of which the newest is picked. */
export const newestSuccess = prepared((db: Db, account: AccountKey, device: DeviceKey) =>
  db.q
    .selectFrom('updates')
    .selectAll()
    .where('account', '=', account)
    .where('device', '=', device)
    .where(sql<boolean>`outcome > 0`)
    .where(sql<boolean>`outcome = ${literal(outcomeIndex('succeeded'))}`)
    .orderBy('since', 'desc')
    .orderBy('campaign', 'desc')
    .limit(literal(1)),
);

/** One update as it was read and as it is to be, and what its device said with it. */
export type Transition = {
  readonly account: AccountKey;
  readonly was: StoredUpdate;
  readonly value: Update;
  readonly entry: LogEntry | null;
};

const cellColumns = {
  position: 'integer',
  outcome: 'integer',
  reason: 'integer',
  attempt: 'integer',
  since: 'bigint',
  not_before: 'bigint',
  generation: 'integer',
  recall: 'integer',
  queue: 'integer',
  message: 'text',
  extras: 'json',
  due_at: 'bigint',
} as const;
const keyColumns = {
  a: 'integer',
  c: 'integer',
  d: 'integer',
  v: 'integer',
  h: 'bigint',
  l: 'integer',
} as const;
/** Beside its keys when it was heard from, and how many entries its log gets. */
type Keyed = UpdateCells & Readonly<Record<keyof typeof keyColumns, number>>;

const cellsOf = ({ account, was, value, entry }: Transition): Keyed => ({
  a: account,
  c: was.campaign,
  d: was.device,
  v: was.version,
  h: Math.max(value.since, entry?.at ?? 0),
  l: entry === null ? 0 : 1,
  ...toUpdateCells(value),
});

const names = Object.keys(cellColumns) as (keyof typeof cellColumns)[];
const assignments = sql.join([
  ...names.map((name) => sql`${sql.ref(name)} = r.${sql.ref(name)}`),
  sql`heard_at = case when updates.heard_at > r.h then updates.heard_at else r.h end`,
  sql`logged = updates.logged + r.l`,
]);

const columns = { ...keyColumns, ...cellColumns };
const writeListed = preparedForRows<Keyed, Logged>(columns, (db, rows) =>
  raw(
    db,
    sql<Logged>`update updates set version = updates.version + 1, ${assignments}
      from ${rows} as r
      where updates.account = r.a and updates.campaign = r.c and updates.device = r.d
        and updates.version = r.v
      returning account, campaign, device, logged`,
  ),
);

const writeUpdates = (db: Db, transitions: readonly Transition[]): Promise<readonly Logged[]> =>
  writeListed(db, inOrder(transitions.map(cellsOf)));

/** Whether two transitions are about the same update: then they cannot be in one statement. */
export const transitionPlace = ({ account, was }: Transition): string =>
  nameOf({ account, campaign: was.campaign, device: was.device });

const deltasOf = ({ account, was, value }: Transition): readonly CountDelta[] => {
  const [from, to] = [slotOf(toUpdateCells(was)), slotOf(toUpdateCells(value))];
  if (from === to) return [];
  return [
    { account, campaign: was.campaign, slot: from, count: -1 },
    { account, campaign: was.campaign, slot: to, count: 1 },
  ];
};

/** What the tallies gain when a transition is written. */
export const tallyDeltasOf = ({ account, was, value }: Transition): readonly TallyDelta[] =>
  tallyDeltas({ account, campaign: was.campaign }, was, value);

/** Transitions that were written, with how many entries the log of each has had. */
export type Saved = ReadonlyMap<Transition, number>;

/**
 * Writes many transitions, each of another update, in one statement. Gives those whose update was still as it was read;
 * their log entries are left to be written, and they are to be counted.
 */
export const writeTransitions = async (db: Db, transitions: readonly Transition[]): Promise<Saved> => {
  if (transitions.length === 0) return new Map();
  const written = totalsOf(await writeUpdates(db, transitions));
  const saved = new Map<Transition, number>();
  for (const transition of transitions) {
    const logged = written.get(transitionPlace(transition));
    if (logged !== undefined) saved.set(transition, logged);
  }
  return saved;
};

/** Moves the counters and the tallies by what was written, with a statement each. */
export const countingOf = (db: Db, saved: Saved): readonly Work[] => {
  const transitions = [...saved.keys()];
  const [counts, tallies] = [transitions.flatMap(deltasOf), transitions.flatMap(tallyDeltasOf)];
  return [
    () => addDevicePackages(db, transitions),
    () => addToCounts(db, counts),
    () => addToTallies(db, tallies),
  ];
};

/** Writes one transition and counts it; whether its update was still as it was read. */
export const saveTransition = async (db: Db, transition: Transition): Promise<boolean> => {
  const saved = await writeTransitions(db, [transition]);
  await together(...countingOf(db, saved));
  return saved.size > 0;
};

/** Each has an index by device. */
const states = [sql<boolean>`outcome = 0`, sql<boolean>`outcome > 0`] as const;

/** What counters and tallies lose. */
export type Losses = { readonly counts: readonly CountDelta[]; readonly tallies: readonly TallyDelta[] };

/** Deletes a device's updates with their logs and transfers; gives what is lost with them. */
export const deleteUpdatesOfDevice = async (
  db: Db,
  account: AccountKey,
  device: DeviceKey,
): Promise<Losses> => {
  const counts: CountDelta[] = [];
  const tallies: TallyDelta[] = [];
  for (const state of states) {
    const deleted = db.q
      .deleteFrom('updates')
      .where('account', '=', account)
      .where('device', '=', device)
      .where(state)
      .returning(['campaign', 'position', 'outcome', 'reason', 'extras']);
    const rows = await all(db, deleted);
    for (const row of rows) {
      const { campaign } = row;
      counts.push({ account, campaign, slot: slotOf(row), count: -1 });
      tallies.push(...tallyDeltas({ account, campaign: asKey(campaign) }, fromStanding(row), null));
    }
    const places = rows.map(({ campaign }) => ({ account, campaign, device }));
    await deleteLogsOf(db, places);
    await deleteTransfersOf(db, places);
  }
  return { counts, tallies };
};

/** Deletes a campaign's updates with their logs and transfers. */
export const deleteUpdatesOfCampaign = async (
  db: Db,
  account: AccountKey,
  campaign: CampaignKey,
): Promise<void> => {
  await change(
    db,
    db.q.deleteFrom('updates').where('account', '=', account).where('campaign', '=', campaign),
  );
  await deleteLogsOfCampaign(db, account, campaign);
  await deleteTransfersOfCampaign(db, account, campaign);
};
