import { changesOf } from '../app/audit-of-change.ts';
import type { StoredUpdate } from '../app/records.ts';
import type { Change, Committed, Write } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import { unreachable } from '../domain/result.ts';
import { appendAudit } from './memory-audit.ts';
import { appendLog, dropLog } from './memory-logs.ts';
import {
  dropDestination,
  dropDocument,
  dropSubscription,
  dropSubscriptions,
  saveDocument,
} from './memory-push-writes.ts';
import { dropSessions } from './memory-sessions.ts';
import {
  append,
  dropUpdate,
  type Home,
  keyOf,
  newHome,
  putUpdate,
  type State,
  updatesOf,
} from './memory-state.ts';
import { changed, copy, type Problem, put, type Table, take, type Undo } from './memory-table.ts';
import { dropTallies, isWithinLimits } from './memory-tallies.ts';
import { noteHanded, saveTransfers } from './memory-updates.ts';

/** Does all of the work or, when it fails or throws, none of it. */
export const transact = <Answer extends object>(work: (undo: Undo) => Answer): Answer => {
  const undo: Undo = [];
  const takeBack = (): void => {
    for (const step of undo.reverse()) step();
  };
  try {
    const answer = work(undo);
    if ('ok' in answer && answer.ok === false) takeBack();
    return answer;
  } catch (error) {
    takeBack();
    throw error;
  }
};

export const homeOf = (state: State, account: AccountKey): Home => {
  const home = state.homes.get(account);
  if (home === undefined) throw new Error(`no account ${account}`);
  return home;
};

/** A change as `Store.commit` describes it. */
export const commit = (state: State, change: Change): Committed =>
  transact((undo) => {
    const repeated = change.account === null ? undefined : repeatOf(homeOf(state, change.account), change);
    if (repeated !== undefined) return repeated;
    const { home, writes, problem } = opening(undo, state, change);
    if (home === undefined) return problem;
    for (const write of writes) {
      const refusal = apply(undo, state, home, write);
      if (refusal !== undefined) return refusal;
    }
    if (!isWithinLimits(home, change) || !isStillGiven(home, change)) return changed;
    const told = changesOf(change);
    for (const event of change.events) append(undo, home, event, told.get(event));
    for (const note of change.audit ?? []) appendAudit(undo, home, note);
    remember(undo, home, change);
    return { ok: true };
  });

const isStillGiven = (home: Home, { given = [] }: Change): boolean =>
  given.every(({ campaign, version }) => home.campaigns.get(campaign)?.version === version);

const repeatOf = (home: Home, { idempotency }: Change): Committed | undefined => {
  const first = idempotency && home.idempotency.get(idempotency.key);
  if (first === undefined) return undefined;
  const { at: _, ...made } = first;
  return { ok: false, why: 'repeated', first: made };
};

const remember = (undo: Undo, home: Home, { idempotency, events }: Change): void => {
  if (idempotency === undefined) return;
  const at = events[0]?.at ?? 0;
  put(undo, home.idempotency, idempotency.key, copy({ ...idempotency, at }));
};

type Opening =
  | { readonly home: Home; readonly writes: readonly Write[]; readonly problem?: never }
  | { readonly home?: never; readonly writes?: never; readonly problem: Problem };

/** The account that a change is about, inserted if need be, and the writes that are left to do. */
const opening = (undo: Undo, state: State, { account, writes }: Change): Opening => {
  if (account !== null) return { home: homeOf(state, account), writes };
  const [first, ...rest] = writes;
  if (first === undefined || !('save' in first) || first.save !== 'account' || first.was !== undefined) {
    throw new Error('a change without an account inserts one first');
  }
  const problem = state.accounts.insert(undo, first.value);
  if (problem !== undefined) return { problem };
  const inserted = state.accounts.find(first.value.id);
  if (inserted === undefined) throw new Error('the account was not inserted');
  const home = newHome(inserted.record.key, inserted.record.id);
  put(undo, state.homes, home.account, home);
  return { home, writes: rest };
};

type Save = Extract<Write, { readonly save: string }>;
type Drop = Extract<Write, { readonly drop: string }>;

const apply = (undo: Undo, state: State, home: Home, write: Write): Problem | undefined => {
  if ('append' in write) return appendLog(undo, home, write);
  if ('note' in write) {
    noteHanded(undo, home, write);
    return undefined;
  }
  return 'save' in write ? save(undo, state, home, write) : drop(undo, state, home, write);
};

const saveIn = <Value, Record>(
  undo: Undo,
  rows: Table<Value, Record>,
  { was, value }: { readonly was?: Record; readonly value: Value },
): Problem | undefined => (was === undefined ? rows.insert(undo, value) : rows.replace(undo, was, value));

const save = (undo: Undo, state: State, home: Home, write: Save): Problem | undefined => {
  switch (write.save) {
    case 'account':
      return saveIn(undo, state.accounts, write);
    case 'user':
      return saveIn(undo, state.users, write);
    case 'token':
      return saveIn(undo, state.tokens, write);
    case 'role':
      return saveIn(undo, home.roles, write);
    case 'membership':
      put(undo, home.memberships, write.value.userId, copy(write.value));
      return undefined;
    case 'device':
      return saveIn(undo, home.devices, write);
    case 'credential':
      return saveCredential(undo, state, home, write);
    case 'package':
      return saveIn(undo, home.packages, write);
    case 'query':
      return saveIn(undo, home.queries, write);
    case 'campaign':
      return saveIn(undo, home.campaigns, write);
    case 'transfers':
      return saveTransfers(undo, home, write);
    case 'document':
      return saveDocument(undo, home, write);
    case 'destination':
      return saveIn(undo, home.destinations, write);
    case 'subscription':
      return saveIn(undo, home.subscriptions, write);
    case 'job':
      return saveJob(undo, home, write);
    case 'update':
      return saveUpdate(undo, home, write);
    default:
      return unreachable(write);
  }
};

const saveCredential = (
  undo: Undo,
  { homes }: State,
  home: Home,
  write: Extract<Save, { save: 'credential' }>,
): Problem | undefined => {
  const { id, kind, identity } = write.value;
  const isTaken = homes
    .values()
    .some((other) =>
      other.credentials
        .entries()
        .some(
          ({ record }) =>
            kind === 'psk' &&
            record.kind === kind &&
            record.identity === identity &&
            !(other === home && record.id === id),
        ),
    );
  if (isTaken) return { ok: false, why: 'already-exists', entity: 'credential', id };
  return saveIn(undo, home.credentials, write);
};

const saveJob = (undo: Undo, home: Home, { was, value }: Extract<Save, { save: 'job' }>) => {
  const campaign = keyOf(home.campaigns, value.campaign);
  if (campaign === null) throw new Error(`no campaign ${value.campaignId} for a job`);
  return saveIn(undo, home.jobs, { ...(was && { was }), value: { ...value, campaign } });
};

const saveUpdate = (
  undo: Undo,
  home: Home,
  { was, value }: Extract<Save, { save: 'update' }>,
): Problem | undefined => {
  const current = home.updates.get(was.campaign)?.get(was.device);
  if (current === undefined || current.version !== was.version) return changed;
  putUpdate(undo, home, was, value);
  return undefined;
};

const drop = (undo: Undo, state: State, home: Home, write: Drop): Problem | undefined => {
  switch (write.drop) {
    case 'membership':
      if (!home.memberships.has(write.was.userId)) return changed;
      take(undo, home.memberships, write.was.userId);
      return undefined;
    case 'role':
      return dropRole(undo, home, write);
    case 'token':
      return state.tokens.remove(undo, write.was);
    case 'tokens-of':
      dropTokens(undo, state, write.userId);
      return undefined;
    case 'device':
      return dropDevice(undo, state, home, write);
    case 'credential':
      return home.credentials.remove(undo, write.was);
    case 'package':
      return home.packages.remove(undo, write.was);
    case 'query':
      return home.queries.remove(undo, write.was);
    case 'document':
      return dropDocument(undo, home, write);
    case 'destination':
      return dropDestination(undo, home, write);
    case 'subscription':
      return dropSubscription(undo, home, write);
    case 'campaign':
      return dropCampaign(undo, home, write);
    default:
      return unreachable(write);
  }
};

const dropTokens = (undo: Undo, state: State, userId: string): void => {
  for (const { record } of state.tokens.entries()) {
    if (record.userId === userId) state.tokens.remove(undo, record);
  }
};

const dropRole = (undo: Undo, home: Home, { was }: Extract<Drop, { drop: 'role' }>): Problem | undefined => {
  for (const { userId, roleIds } of [...home.memberships.values()]) {
    const left = roleIds.filter((id) => id !== was.id);
    if (left.length < roleIds.length) put(undo, home.memberships, userId, copy({ userId, roleIds: left }));
  }
  return home.roles.remove(undo, was);
};

const dropUpdates = (undo: Undo, home: Home, updates: readonly StoredUpdate[]): void => {
  for (const update of updates) {
    dropUpdate(undo, home, update);
    dropLog(undo, home, update);
  }
};

const dropDevice = (
  undo: Undo,
  state: State,
  home: Home,
  { was }: Extract<Drop, { drop: 'device' }>,
): Problem | undefined => {
  const problem = home.devices.remove(undo, was);
  if (problem !== undefined) return problem;
  const updates = [...home.updates.keys()].flatMap((campaign) => updatesOf(home, campaign));
  dropUpdates(
    undo,
    home,
    updates.filter(({ device }) => device === was.key),
  );
  for (const { record } of home.credentials.entries()) {
    if (record.device === was.key) home.credentials.remove(undo, record);
  }
  dropSessions(undo, state, home.account, was.key);
  return undefined;
};

const dropCampaign = (
  undo: Undo,
  home: Home,
  { was }: Extract<Drop, { drop: 'campaign' }>,
): Problem | undefined => {
  const problem = home.campaigns.remove(undo, was);
  if (problem !== undefined) return problem;
  dropUpdates(undo, home, updatesOf(home, was.key));
  dropTallies(undo, home, was.key);
  for (const { record } of home.jobs.entries()) {
    if (record.campaign === was.key) home.jobs.remove(undo, record);
  }
  dropSubscriptions(undo, home, ({ campaign }) => campaign === was.key);
  return undefined;
};
