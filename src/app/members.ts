import { isFinal } from '../domain/campaign.ts';
import { answersRecall } from '../domain/device.ts';
import { passTime } from '../domain/journey.ts';
import type { Phase } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Instant, Slot } from '../domain/time.ts';
import type { UpdateCommand } from '../domain/update.ts';
import { type Caller, signatureOf } from './caller.ts';
import { endIfComplete } from './campaign-end.ts';
import { getCampaign, missingPackage } from './campaigns.ts';
import type { StoredJob } from './job-records.ts';
import type { Page, PageRequest, Slice, Sliced, UpdateFilter } from './lists.ts';
import {
  changeMember,
  commandMember,
  type Decided,
  decideAll,
  getMember,
  type Member,
  type MemberId,
} from './member.ts';
import { newJob } from './new-job.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { ListedUpdate, LogEntry, StoredCampaign, UpdateLog } from './records.ts';
import { circumstancesOf, mannerOf } from './surroundings.ts';
import type { Waker } from './waker.ts';

export { getMember, type Member, type MemberId } from './member.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

export const listMembers = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  campaignId: string,
  filter: UpdateFilter,
  page: PageRequest,
): Promise<Result<Page<ListedUpdate>, Refusal>> => {
  const campaign = await getCampaign(deps, caller, campaignId);
  if (!campaign.ok) return campaign;
  return ok(await deps.store.updates.list(caller.account.key, campaign.value.key, filter, page));
};

/** A page of a campaign's devices by its place. */
export const sliceMembers = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  campaignId: string,
  filter: UpdateFilter,
  slice: Slice,
): Promise<Result<Sliced<ListedUpdate>, Refusal>> => {
  const campaign = await getCampaign(deps, caller, campaignId);
  if (!campaign.ok) return campaign;
  return ok(await deps.store.updates.slice(caller.account.key, campaign.value.key, filter, slice));
};

const openCampaign = async (deps: Deps, caller: Caller, id: string, action: string) => {
  const campaign = await getCampaign(deps, caller, id);
  if (campaign.ok && isFinal(campaign.value.status)) {
    return refused<Refusal>({ code: 'campaign/wrong-state', action, status: campaign.value.status });
  }
  return campaign;
};

/**
 * Adds devices by id, all or none: unknown ids are `not-found` and nothing is added. Devices that are in
 * already stay as they are; those whose update is over begin again, after a failure once they have rested.
 */
export const addDevices = async (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  deviceIds: readonly string[],
): Promise<Result<{ readonly added: number }, Refusal>> => {
  const campaign = await openCampaign(deps, caller, campaignId, 'add devices');
  if (!campaign.ok) return campaign;
  const { added, unknown } = await deps.store.updates.add({
    ...bulk(deps, caller, campaign.value),
    by: 'ids',
    deviceIds,
    again: true,
    rest: campaign.value.plan.retry.coolDown,
  });
  const [id, ...others] = unknown;
  if (id === undefined) return ok({ added });
  return refused({ code: 'not-found', entity: 'device', id, ...(others.length > 0 && { others }) });
};

const bulk = ({ clock }: Pick<Deps, 'clock'>, caller: Caller, campaign: StoredCampaign) => ({
  account: caller.account.key,
  campaign: campaign.key,
  actor: caller.actor,
  now: clock(),
});

/** Adds every device that matches, in the background: the job tells how far it is. */
export const addDevicesByQuery = async (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  expression: string,
): Promise<Result<StoredJob, Refusal>> => {
  const { store, clock, ids } = deps;
  const parsed = parseExpression(expression);
  if (!parsed.ok) return parsed;
  const campaign = await openCampaign(deps, caller, campaignId, 'add devices');
  if (!campaign.ok) return campaign;
  const given = {
    id: ids.uuid(),
    campaign: campaign.value,
    createdBy: signatureOf(caller.actor),
    now: clock(),
  };
  const value = newJob(given, { type: 'add-by-query', expression, every: null });
  const account = caller.account.key;
  await store.commit({ account, writes: [{ save: 'job', value }], events: [] });
  return getJob(deps, caller, value.id);
};

/** A job of the caller's account by its id. */
export const getJob = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredJob, Refusal>> => {
  const job = await store.jobs.find(caller.account.key, id);
  return job === undefined ? refused({ code: 'not-found', entity: 'job', id }) : ok(job);
};

/**
 * Takes devices out: their open updates close as `removed` (those under way as soon as the device says that it
 * stopped), and a query does not bring them back. Ids that are not in the campaign are ignored, so that the
 * call can be repeated.
 */
export const removeDevices = async (
  deps: Deps,
  caller: Caller,
  campaignId: string,
  deviceIds: readonly string[],
): Promise<Result<{ readonly removed: number }, Refusal>> => {
  const campaign = await getCampaign(deps, caller, campaignId);
  if (!campaign.ok) return campaign;
  const { closed, recalled } = await deps.store.updates.close({
    ...bulk(deps, caller, campaign.value),
    by: 'ids',
    deviceIds,
    recall: answersRecall,
    outcome: 'removed',
    reason: 'removed-from-campaign',
    message: 'taken out of the campaign by an operator',
  });
  await endIfComplete(deps, caller.account.key, campaign.value);
  return ok({ removed: closed + recalled });
};

/**
 * Fixes when a phase of one device may run; at a checkpoint this is the go. A slot that has begun takes effect at
 * once where the gate is open, and a device that waits for news asks now.
 */
export const scheduleDevice = async (
  deps: Pick<Deps, 'store' | 'clock'> & { readonly waker: Pick<Waker, 'wake'> },
  caller: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
  phase: Phase,
  slot: Slot,
): Promise<Result<Member, Refusal>> => {
  if (slot.end !== null && slot.end <= deps.clock()) {
    return refused({ code: 'invalid', field: 'end', expected: 'an instant ahead', got: `${slot.end}` });
  }
  const scheduled = await changeMember(deps, caller, at, async (member, now) => {
    const decided = decideAll(member.update, [{ type: 'schedule', phase, slot }], now);
    return decided.ok ? ok(await timePassed(deps, caller, member, decided.value, now)) : decided;
  });
  if (scheduled.ok) deps.waker.wake(caller.account.key, scheduled.value.device.key);
  return scheduled;
};

/** What was decided, and what the clock makes of it at once. */
const timePassed = async (
  { store }: Pick<Deps, 'store'>,
  { account }: Pick<Caller, 'account'>,
  member: Member,
  { value, events }: Decided,
  now: Instant,
): Promise<Decided> => {
  if (value.status === 'closed') return { value, events };
  const { around } = await circumstancesOf(store, account, member, mannerOf(member.device), now);
  const passed = passTime(value, around, now);
  return { value: passed.update, events: [...events, ...passed.events] };
};

/** Gives one device packages of its own in place of the campaign's; `null` takes them away again. */
export const setDevicePackages = (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  packages: readonly string[] | null,
): Promise<Result<Member, Refusal>> =>
  commandMember(deps, caller, at, async () => {
    const wrong =
      repeatedPackage(packages ?? []) ?? (await missingPackage(deps.store, caller, packages ?? []));
    return wrong === undefined ? ok([{ type: 'set-packages', packages }]) : refused(wrong);
  });

const repeatedPackage = (ids: readonly string[]): Refusal | undefined =>
  new Set(ids).size === ids.length
    ? undefined
    : { code: 'invalid', field: 'packages', expected: 'each package once', got: JSON.stringify(ids) };

/** What was said about one device's update in its present journey. */
export const getUpdateLog = async (
  deps: Pick<Deps, 'store'>,
  caller: Pick<Caller, 'account'>,
  at: MemberId,
): Promise<Result<UpdateLog, Refusal>> => {
  const member = await getMember(deps, caller, at.campaign, at.device);
  if (!member.ok) return member;
  const { campaign, device } = member.value;
  return ok(await deps.store.updates.log(caller.account.key, campaign.key, device.key));
};

const byOperator = { outcome: 'closed-by-operator', reason: 'closed-by-operator' } as const;

/**
 * Asks one device to stop; its update ends when it says that it did. Where it was not told to begin, or its
 * protocol gives no answer, the update ends at once. A repeat changes nothing.
 */
export const recallDevice = (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  message: string,
): Promise<Result<Member, Refusal>> =>
  endMember(deps, caller, at, ({ device }) => ({
    type: answersRecall.includes(device.protocol) ? 'recall' : 'close',
    ...byOperator,
    message,
  }));

/** Ends one device's update as it stands, whatever the device does. A repeat changes nothing. */
export const closeDevice = (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  message: string,
): Promise<Result<Member, Refusal>> =>
  endMember(deps, caller, at, () => ({ type: 'close', ...byOperator, message }));

/** The campaign may be waiting for this one to be over. */
const endMember = async (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  commandFor: (member: Member) => UpdateCommand,
): Promise<Result<Member, Refusal>> => {
  const ended = await commandMember(deps, caller, at, async (member) => ok([commandFor(member)]));
  if (ended.ok && ended.value.update.status === 'closed') {
    await endIfComplete(deps, caller.account.key, ended.value.campaign);
  }
  return ended;
};

const UPDATES_LIMIT = 200;

/** A device's updates, open ones first; the latest two hundred. */
export const listDeviceUpdates = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  deviceId: string,
): Promise<Result<readonly ListedUpdate[], Refusal>> => {
  const device = await store.devices.find(caller.account.key, deviceId);
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: deviceId });
  return ok(await store.updates.ofDevice(caller.account.key, device.key, UPDATES_LIMIT));
};

/** The large work that was asked for in a campaign. */
export const listJobs = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  campaignId: string,
): Promise<Result<readonly StoredJob[], Refusal>> => {
  const campaign = await getCampaign(deps, caller, campaignId);
  return campaign.ok
    ? ok(await deps.store.jobs.ofCampaign(caller.account.key, campaign.value.key))
    : campaign;
};

/** A device's keeper says yes to all that is ahead: every checkpoint of its update is passed. */
export const confirmDevice = (
  deps: Pick<Deps, 'store' | 'clock'>,
  speaker: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
  said?: LogEntry,
): Promise<Result<Member, Refusal>> =>
  commandMember(
    deps,
    speaker,
    at,
    async () => ok([{ type: 'schedule', phase: 'download', slot: { begin: deps.clock(), end: null } }]),
    said,
  );
