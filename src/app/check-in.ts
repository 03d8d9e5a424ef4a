import { isFinal } from '../domain/campaign.ts';
import { makeContact, type Progressed } from '../domain/journey.ts';
import { areHeadless, canReset } from '../domain/package.ts';
import { type Phase, phaseOf, positions, rank, wasDelivered } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, unreachable } from '../domain/result.ts';
import { afterFailure } from '../domain/retry.ts';
import type { Instant } from '../domain/time.ts';
import type { Aftermath, OpenUpdate, Reason, UpdateCommand } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { endIfComplete } from './campaign-end.ts';
import { event, save } from './change.ts';
import { commandMember, type Member, type MemberId } from './members.ts';
import type { Clock, Counts, Ids, Store } from './ports.ts';
import type {
  LogEntry,
  StoredCampaign,
  StoredDevice,
  StoredOpenUpdate,
  StoredPackage,
  StoredUpdate,
} from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A device's caller: its account, and the device itself or whoever speaks for it. */
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** What a device is to do, or why it is to wait. */
export type Assignment = {
  readonly campaign: StoredCampaign;
  readonly packages: readonly StoredPackage[];
  /** As it is after this contact. */
  readonly update: StoredUpdate;
  /** The phase to carry out now. */
  readonly due: Phase | undefined;
  /** When asking again could give another answer, by the clock alone; `null` when it depends on an event. */
  readonly until: Instant | null;
};

/** What a wire knows of how its devices work. */
export type Manner = {
  /** They take all phases in one go, so that the first may begin only when the last may. */
  readonly together: boolean;
};

/**
 * A device makes contact. It is given the phase that is due in the campaign it has begun with, else in the
 * oldest running one that has an open update for it; all steps on the way are written before the answer.
 * `undefined` when there is nothing for it, or while it waits to be accepted.
 */
export const checkIn = async (
  deps: Pick<Deps, 'store' | 'clock'>,
  speaker: Speaker,
  device: StoredDevice,
  manner: Manner = { together: false },
): Promise<Result<Assignment | undefined, Refusal>> => {
  const { store, clock } = deps;
  const account = speaker.account.key;
  return save(store, { entity: 'device', id: device.id }, async () => {
    const nothing = ok({ change: { account, writes: [], events: [] }, value: undefined });
    if (device.standing === 'waiting') return nothing;
    const current = await currentUpdate(store, account, device);
    if (current === undefined) return nothing;
    const { campaign, update: was } = current;
    const packages = await packagesOf(store, account, campaign, was);
    const now = clock();
    const progressed = makeContact(
      was,
      {
        campaign,
        packageIds: packages.map(({ id }) => id),
        headless: areHeadless(packages),
        zone: device.timeZone,
        agreed: device.autoConfirm !== null,
        together: manner.together,
        inProgress: await inProgress(store, account, campaign),
      },
      now,
    );
    const by = { actor: speaker.actor, at: now };
    const keys = { campaign: campaign.key, device: device.key };
    const events = progressed.events.map((body) => event(body, by, keys));
    const heardAt = Math.max(was.heardAt, progressed.update.since);
    const after = { ...progressed.update, ...keys, version: was.version + 1, heardAt };
    const changed = events.length > 0;
    return ok({
      change: { account, writes: changed ? [{ save: 'update', was, value: progressed.update }] : [], events },
      value: assignment(campaign, packages, changed ? after : was, progressed),
    });
  });
};

const assignment = (
  campaign: StoredCampaign,
  packages: readonly StoredPackage[],
  update: StoredUpdate,
  { due, gate }: Progressed,
): Assignment => ({
  campaign,
  packages,
  update,
  due,
  until: gate === undefined || gate.open ? null : gate.until,
});

type Current = {
  readonly campaign: StoredCampaign;
  readonly update: StoredOpenUpdate;
};

/** One campaign at a time, because two packages may touch the same files: what was begun, else the oldest. */
const currentUpdate = async (
  store: Store,
  account: Caller['account']['key'],
  device: StoredDevice,
): Promise<Current | undefined> => {
  const open = await store.updates.openOf(account, device.key);
  const begun = open.find(({ position }) => wasDelivered(position));
  for (const update of begun === undefined ? open : [begun]) {
    const campaign = await store.campaigns.get(account, update.campaign);
    if (campaign !== undefined && (update === begun || campaign.status === 'running'))
      return { campaign, update };
  }
  return undefined;
};

/** The packages a device gets, in the order in which they are applied. */
export const packagesOf = async (
  store: Store,
  account: Caller['account']['key'],
  campaign: StoredCampaign,
  update: StoredUpdate,
): Promise<readonly StoredPackage[]> => {
  const ids = update.packages ?? campaign.plan.packages;
  const found = new Map((await store.packages.findMany(account, ids)).map((pack) => [pack.id, pack]));
  return ids.map((id) => found.get(id)).filter((pack) => pack !== undefined);
};

const inProgress = async (
  store: Store,
  account: Caller['account']['key'],
  campaign: StoredCampaign,
): Promise<number> => {
  if (campaign.plan.concurrency === null) return 0;
  return delivered(await store.campaigns.counts(account, campaign.key));
};

const delivered = ({ open }: Counts): number =>
  positions
    .filter((position) => rank(position) >= rank('download-running'))
    .reduce((sum, position) => sum + (open[position] ?? 0), 0);

/** What a device says about the phase it is in. */
export type DeviceReport =
  | { readonly type: 'progress'; readonly phase: Phase; readonly step: 'running' | 'complete' }
  | {
      readonly type: 'failure';
      readonly reason: Reason;
      readonly message: string;
      /** `false` where the wire knows no reset: its devices undo by themselves or not at all. */
      readonly undoes?: boolean;
    }
  | { readonly type: 'rejection'; readonly message: string }
  | { readonly type: 'reset'; readonly step: 'complete' | 'failed' }
  /** The answer to being asked to stop. */
  | { readonly type: 'stop'; readonly answer: 'stopped' | 'refused'; readonly message: string }
  /** Nothing that changes a step: only its words are kept. */
  | { readonly type: 'note' };

/**
 * Takes a device's report. Repeats and reports older than what is known change nothing and are no error.
 * What follows a failure is the retry policy's word.
 */
export const report = async (
  deps: Deps,
  speaker: Speaker,
  at: MemberId,
  said: DeviceReport,
  /** Its own words, to be kept beside the steps that follow from them. */
  words?: LogEntry,
): Promise<Result<Member, Refusal>> => {
  const { store, clock } = deps;
  const taken = await commandMember(
    deps,
    speaker,
    at,
    async (member) =>
      ok([
        ...(await handOver(store, speaker, member)),
        await toCommand(store, speaker, member, said, clock()),
      ]),
    words,
  );
  if (taken.ok && taken.value.update.status === 'closed')
    await endIfComplete(deps, speaker.account.key, taken.value.campaign);
  return taken;
};

/** A device that begins what is ready without having asked once more gets it handed over all the same. */
const handOver = async (
  store: Store,
  { account }: Speaker,
  { campaign, update }: Member,
): Promise<readonly UpdateCommand[]> => {
  if (update.status === 'closed' || phaseOf(update.position)?.step !== 'ready') return [];
  const packages = await packagesOf(store, account.key, campaign, update);
  return [{ type: 'deliver', packages: packages.map(({ id }) => id) }];
};

const toCommand = async (
  store: Store,
  speaker: Speaker,
  member: Member,
  said: DeviceReport,
  now: Instant,
): Promise<UpdateCommand> => {
  switch (said.type) {
    case 'progress':
      return { type: 'report', phase: said.phase, step: said.step };
    case 'rejection':
      return { type: 'reject', message: said.message };
    case 'reset':
      return { type: 'report-reset', step: said.step };
    case 'stop':
      return { type: 'answer-recall', answer: said.answer, message: said.message };
    case 'note':
      return { type: 'check-in' };
    case 'failure':
      return toFailure(store, speaker, member, said, now);
    default:
      return unreachable(said);
  }
};

const toFailure = async (
  store: Store,
  { account }: Speaker,
  { campaign, update }: Member,
  { reason, message, undoes = true }: Extract<DeviceReport, { type: 'failure' }>,
  now: Instant,
): Promise<UpdateCommand> => {
  if (update.status === 'closed') {
    return { type: 'report-failure', reason, message, aftermath: { do: 'close' } };
  }
  const resettable = undoes && canReset(await packagesOf(store, account.key, campaign, update));
  const aftermath = aftermathIn(campaign, update, { reason, resettable }, now);
  return { type: 'report-failure', reason, message, aftermath };
};

/** The retry policy's word; in a campaign that is over nobody tries again. */
export const aftermathIn = (
  { plan, status }: StoredCampaign,
  update: OpenUpdate,
  failure: Parameters<typeof afterFailure>[2],
  now: Instant,
): Aftermath => {
  const aftermath = afterFailure(plan, update, failure, now);
  return aftermath.do === 'retry' && isFinal(status) ? { do: 'close' } : aftermath;
};
