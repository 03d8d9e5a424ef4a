import { isFinal } from '../domain/campaign.ts';
import { answersRecall } from '../domain/device.ts';
import type { Phase } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Instant, Slot } from '../domain/time.ts';
import { decide, evolveAll, type Update, type UpdateCommand, type UpdateEvent } from '../domain/update.ts';
import { type Caller, signatureOf } from './caller.ts';
import { endIfComplete } from './campaign-end.ts';
import { getCampaign, missingPackage } from './campaigns.ts';
import { event, save } from './change.ts';
import { newJob } from './new-job.ts';
import type { Clock, Ids, Page, PageRequest, Store, UpdateFilter } from './ports.ts';
import type {
  ListedUpdate,
  LogEntry,
  StoredCampaign,
  StoredDevice,
  StoredJob,
  StoredUpdate,
  UpdateLog,
} from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A device in a campaign, with both ends loaded. */
export type Member = {
  readonly campaign: StoredCampaign;
  readonly device: StoredDevice;
  readonly update: StoredUpdate;
};

const about = (id: string) => ({ entity: 'update', id }) as const;

/** A member by the ids of its campaign and device; `not-found` for whichever is missing, or for a removed one. */
export const getMember = async (
  deps: Pick<Deps, 'store'>,
  caller: Pick<Caller, 'account'>,
  campaignId: string,
  deviceId: string,
): Promise<Result<Member, Refusal>> => {
  const { store } = deps;
  const account = caller.account.key;
  const [campaign, device] = await Promise.all([
    store.campaigns.find(account, campaignId),
    store.devices.find(account, deviceId),
  ]);
  if (campaign === undefined) return refused({ code: 'not-found', entity: 'campaign', id: campaignId });
  if (device === undefined) return refused({ code: 'not-found', entity: 'device', id: deviceId });
  const update = await store.updates.find(account, campaign.key, device.key);
  return update === undefined
    ? refused({ code: 'not-found', ...about(deviceId) })
    : ok({ campaign, device, update });
};

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

const openCampaign = async (deps: Deps, caller: Caller, id: string, action: string) => {
  const campaign = await getCampaign(deps, caller, id);
  if (campaign.ok && isFinal(campaign.value.status)) {
    return refused<Refusal>({ code: 'campaign/wrong-state', action, status: campaign.value.status });
  }
  return campaign;
};

/**
 * Adds devices by id, all or none: an unknown id is `not-found` and nothing is added. Devices that are in
 * already stay as they are; those whose update is over begin again.
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
  });
  const first = unknown[0];
  return first === undefined ? ok({ added }) : refused({ code: 'not-found', entity: 'device', id: first });
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
  const value = newJob(given, { type: 'add-by-query', expression });
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

/** Fixes when a phase of one device may run; at a checkpoint this is the go. */
export const scheduleDevice = async (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  phase: Phase,
  slot: Slot,
): Promise<Result<Member, Refusal>> => {
  if (slot.end !== null && slot.end <= deps.clock()) {
    return refused({ code: 'invalid', field: 'end', expected: 'an instant ahead', got: `${slot.end}` });
  }
  return commandMember(deps, caller, at, async () => ok([{ type: 'schedule', phase, slot }]));
};

/** Gives one device packages of its own in place of the campaign's; `null` takes them away again. */
export const setDevicePackages = (
  deps: Deps,
  caller: Caller,
  at: MemberId,
  packages: readonly string[] | null,
): Promise<Result<Member, Refusal>> =>
  commandMember(deps, caller, at, async () => {
    const missing = await missingPackage(deps.store, caller, packages ?? []);
    return missing === undefined ? ok([{ type: 'set-packages', packages }]) : refused(missing);
  });

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

export type MemberId = { readonly campaign: string; readonly device: string };

/** Load, decide on one command after the other, save; answers the member as it is then. */
export const commandMember = async (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Pick<Caller, 'account' | 'actor'>,
  at: MemberId,
  commandsFor: (member: Member) => Promise<Result<readonly UpdateCommand[], Refusal>>,
  /** What the device said with it, kept even where the commands change nothing. */
  said?: LogEntry,
): Promise<Result<Member, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(at.device), async () => {
    const member = await getMember(deps, caller, at.campaign, at.device);
    if (!member.ok) return member;
    const { update: was, campaign, device } = member.value;
    const now = clock();
    const commands = await commandsFor(member.value);
    if (!commands.ok) return commands;
    const decided = decideAll(was, commands.value, now);
    if (!decided.ok) return decided;
    const { value } = decided.value;
    const by = { actor: caller.actor, at: now };
    const events = decided.value.events.map((body) =>
      event(body, by, { campaign: campaign.key, device: device.key }),
    );
    const heard =
      said === undefined || was.status === 'closed' ? was.heardAt : Math.max(was.heardAt, said.at);
    const changed = events.length > 0;
    const after: StoredUpdate = {
      ...(changed ? value : was),
      campaign: campaign.key,
      device: device.key,
      version: changed ? was.version + 1 : was.version,
      heardAt: changed ? Math.max(heard, value.since) : heard,
    };
    return ok({
      change: {
        account: caller.account.key,
        writes: [
          ...(changed ? [{ save: 'update', was, value } as const] : []),
          ...(said === undefined || was.status === 'closed'
            ? []
            : [{ append: 'log', campaign: campaign.key, device: device.key, entry: said } as const]),
        ],
        events,
      },
      value: { campaign, device, update: after },
    });
  });
};

type Decided = { readonly value: Update; readonly events: readonly UpdateEvent[] };

const decideAll = (
  was: Update,
  commands: readonly UpdateCommand[],
  now: Instant,
): Result<Decided, Refusal> => {
  let value = was;
  const events: UpdateEvent[] = [];
  for (const command of commands) {
    const decided = decide(value, command, now);
    if (!decided.ok) return decided;
    value = evolveAll(value, decided.value, now);
    events.push(...decided.value);
  }
  return ok({ value, events });
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
