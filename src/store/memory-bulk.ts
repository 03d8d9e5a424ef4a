import type { EventBody } from '../app/event-records.ts';
import type { PageRequest } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type { StoredDevice, StoredUpdate } from '../app/records.ts';
import type {
  AddedUpdates,
  AddUpdates,
  ClosedUpdates,
  CloseUpdates,
  Progress,
  RetriedUpdates,
  RetryUpdates,
} from '../app/writes.ts';
import type { DeviceKey } from '../domain/ids.ts';
import { wasDelivered } from '../domain/position.ts';
import { restingOutcomes } from '../domain/retry.ts';
import { matches } from '../domain/targeting.ts';
import { evolve, newUpdate } from '../domain/update.ts';
import { dropLog } from './memory-logs.ts';
import {
  append,
  type Home,
  pageOf,
  placeName,
  putUpdate,
  type State,
  setDue,
  updatesOf,
} from './memory-state.ts';
import type { Undo } from './memory-table.ts';
import { homeOf, transact } from './memory-writes.ts';
import { MOST_TOLD } from './rows/event.ts';

type SaveMany = Store['devices']['saveMany'];

export const saveMany = (
  state: State,
  [account, rows, { actor, now }]: Parameters<SaveMany>,
): readonly string[] => {
  const left: string[] = [];
  transact((undo) => {
    const home = homeOf(state, account);
    const done = { created: 0, changed: 0 };
    for (const { was, value } of rows) {
      const problem =
        was === undefined ? home.devices.insert(undo, value) : home.devices.replace(undo, was, value);
      if (problem !== undefined) left.push(value.id);
      else done[was === undefined ? 'created' : 'changed'] += 1;
    }
    if (done.created + done.changed === 0) return done;
    const body = { type: 'devices-imported', ...done } as const;
    append(undo, home, { at: now, actor, campaign: null, device: null, body });
    return done;
  });
  return left;
};

/** Adds devices to a campaign as `Store.updates.add` describes it. */
export const addUpdates = (
  state: State,
  request: AddUpdates,
  progress: Progress<AddedUpdates> | undefined,
): AddedUpdates =>
  transact((undo) => {
    const home = campaignHome(state, request);
    const { done, joined } =
      request.by === 'ids' ? addByIds(undo, home, request) : addByQuery(undo, home, request);
    const devices = done.added > MOST_TOLD ? null : joined.map(({ id }) => id);
    if (done.added > 0) note(undo, home, request, { type: 'updates-added', count: done.added, devices });
    saveProgress(undo, home, done, progress);
    return done;
  });

/** Begins again for members of a campaign as `Store.updates.retry` describes it. */
export const retryUpdates = (
  state: State,
  request: RetryUpdates,
  progress: Progress<RetriedUpdates> | undefined,
): RetriedUpdates =>
  transact((undo) => {
    const home = campaignHome(state, request);
    const { campaign, now, outcomes } = request;
    const ended = updatesOf(home, campaign)
      .filter((update) => update.status === 'closed' && outcomes.includes(update.outcome))
      .map((update) => ({ key: update.device, record: update }));
    const { items, next } = pageOf(ended, request);
    for (const update of items) {
      dropLog(undo, home, update);
      putUpdate(undo, home, update, newUpdate(now, update.generation + 1, notBeforeOf(update, request)), now);
    }
    const done = { restarted: items.length, next };
    const ids = items.map(({ device }) => home.devices.get(device)?.id).filter((id) => id !== undefined);
    const devices = ids.length > MOST_TOLD ? null : ids;
    if (ids.length > 0) note(undo, home, request, { type: 'updates-added', count: ids.length, devices });
    saveProgress(undo, home, done, progress);
    return done;
  });

/** Closes updates of a campaign as `Store.updates.close` describes it. */
export const closeUpdates = (
  state: State,
  request: CloseUpdates,
  progress: Progress<ClosedUpdates> | undefined,
): ClosedUpdates =>
  transact((undo) => {
    const home = campaignHome(state, request);
    const { items, next } = request.by === 'ids' ? namedOpen(home, request) : allOpen(home, request);
    const { outcome, reason } = request;
    const closed = items.filter((update) => !answers(home, request, update));
    const recalled = items.filter((update) => answers(home, request, update) && update.recall === null);
    end(undo, home, request, 'update-closed', closed);
    end(undo, home, request, 'update-recalled', recalled);
    const count = closed.length;
    if (count > 0) note(undo, home, request, { type: 'updates-closed', count, outcome, reason });
    const asked = { type: 'updates-recalled', count: recalled.length, outcome, reason } as const;
    if (asked.count > 0) note(undo, home, request, asked);
    const done = { closed: count, recalled: asked.count, next };
    saveProgress(undo, home, done, progress);
    return done;
  });

type Open = Extract<StoredUpdate, { readonly status: 'open' }>;

/** Whether its device was told to begin, and answers when it is asked to stop. */
const answers = (home: Home, { recall }: CloseUpdates, { position, device }: Open): boolean => {
  const protocol = home.devices.get(device)?.protocol;
  return wasDelivered(position) && protocol !== undefined && recall.includes(protocol);
};

const end = (
  undo: Undo,
  home: Home,
  { outcome, reason, message, now }: CloseUpdates,
  type: 'update-closed' | 'update-recalled',
  updates: readonly Open[],
): void => {
  const event = { type, outcome, reason, message };
  for (const update of updates) {
    const due = home.dues.get(placeName(update)) ?? null;
    putUpdate(undo, home, update, evolve(update, event, now));
    // Asking many to stop at once says nothing about when each is looked at again.
    if (type === 'update-recalled') setDue(undo, home, update, due);
  }
};

type Bulk = Pick<AddUpdates, 'account' | 'campaign' | 'actor' | 'now'>;

const campaignHome = (state: State, { account, campaign }: Bulk): Home => {
  const home = homeOf(state, account);
  if (home.campaigns.get(campaign) === undefined) throw new Error(`no campaign ${campaign}`);
  return home;
};

const note = (undo: Undo, home: Home, { campaign, actor, now }: Bulk, body: EventBody): void =>
  append(undo, home, { at: now, actor, campaign, device: null, body });

const saveProgress = <Done>(
  undo: Undo,
  home: Home,
  done: Done,
  progress: Progress<Done> | undefined,
): void => {
  if (progress === undefined) return;
  const { was, value } = progress(done);
  const problem = home.jobs.replace(undo, was, value);
  if (problem !== undefined) throw new Error(`job ${was.id} was written meanwhile`);
};

type By<Request, Kind> = Extract<Request, { readonly by: Kind }>;

/** What was done, and the devices that joined, by key. */
type Adding = { readonly done: AddedUpdates; readonly joined: readonly StoredDevice[] };

const addByIds = (undo: Undo, home: Home, request: By<AddUpdates, 'ids'>): Adding => {
  const ids = [...new Set(request.deviceIds)];
  const unknown = ids.filter((id) => home.devices.find(id) === undefined);
  if (unknown.length > 0) return { done: { added: 0, unknown, next: null }, joined: [] };
  const devices = devicesOf(home, ids).toSorted((a, b) => a.key - b.key);
  const joined = devices.filter(({ key }) => join(undo, home, request, key, request));
  return { done: { added: joined.length, unknown: [], next: null }, joined };
};

const addByQuery = (undo: Undo, home: Home, request: By<AddUpdates, 'query'>): Adding => {
  const matching = home.devices.entries().filter(({ record }) => matches(request.where, record));
  const { items, next } = pageOf(matching, request);
  const joined = items.filter(({ key }) => join(undo, home, request, key));
  return { done: { added: joined.length, unknown: [], next }, joined };
};

/** From when who begins again may go on. */
const notBeforeOf = (
  update: StoredUpdate,
  { notBefore = 0, rest = 0 }: { readonly notBefore?: number; readonly rest?: number },
): number =>
  rest > 0 && update.status === 'closed' && restingOutcomes.includes(update.outcome)
    ? Math.max(notBefore, update.since + rest)
    : notBefore;

/** Whether the device joined. */
const join = (
  undo: Undo,
  home: Home,
  { campaign, now }: Bulk,
  device: DeviceKey,
  { again, rest = 0 }: { readonly again: boolean; readonly rest?: number } = { again: false },
): boolean => {
  const member = home.updates.get(campaign)?.get(device);
  if (member !== undefined && !(again && member.status === 'closed')) return false;
  dropLog(undo, home, { campaign, device });
  const notBefore = member === undefined ? 0 : notBeforeOf(member, { rest });
  putUpdate(undo, home, { campaign, device }, newUpdate(now, (member?.generation ?? 0) + 1, notBefore), now);
  return true;
};

const devicesOf = (home: Home, ids: readonly string[]): readonly StoredDevice[] =>
  ids.map((id) => home.devices.find(id)?.record).filter((device) => device !== undefined);

type Piece = { readonly items: readonly Open[]; readonly next: number | null };

const namedOpen = (home: Home, { campaign, deviceIds }: By<CloseUpdates, 'ids'>): Piece => {
  const members = devicesOf(home, [...new Set(deviceIds)]).map(({ key }) =>
    home.updates.get(campaign)?.get(key),
  );
  return { items: members.filter((update) => update?.status === 'open'), next: null };
};

const allOpen = (
  home: Home,
  { campaign, after, limit }: { campaign: Bulk['campaign'] } & PageRequest,
): Piece =>
  pageOf(
    updatesOf(home, campaign)
      .filter((update) => update.status === 'open')
      .map((update) => ({ key: update.device, record: update })),
    { after, limit },
  );
