import { rejectedStanding } from '../domain/admission.ts';
import { isFinal } from '../domain/campaign.ts';
import type { GateAnswer } from '../domain/gate.ts';
import type { AccountKey } from '../domain/ids.ts';
import { deliveryIn } from '../domain/journey.ts';
import { canReset, type Misfit } from '../domain/package.ts';
import { type Phase, type Position, phaseOf } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, unreachable } from '../domain/result.ts';
import { afterFailure } from '../domain/retry.ts';
import type { Instant } from '../domain/time.ts';
import type { Aftermath, OpenUpdate, Reason, UpdateCommand } from '../domain/update.ts';
import { chooseUpdate, conditionsOf, rejection } from './admission.ts';
import type { Caller } from './caller.ts';
import { event, type Planned, save } from './change.ts';
import { type Besides, type By, commandMember, decideAll, type Member, type MemberId } from './member.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type {
  LogEntry,
  StoredCampaign,
  StoredDevice,
  StoredOpenUpdate,
  StoredPackage,
  StoredUpdate,
} from './records.ts';
import { afterClosing } from './stop-rules.ts';
import { circumstancesOf, type Manner, mannerOf, packagesOf } from './surroundings.ts';

export { type Manner, packagesOf } from './surroundings.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** Is told what the gate has answered to a device that made contact. */
export type NoteGate = (answer: GateAnswer) => void;

type Contacting = Deps & { readonly noteGate?: NoteGate | undefined };

/** A device's caller: its account, and the device itself or whoever speaks for it. */
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** What a device is to do, or why it is to wait. */
export type Assignment = {
  readonly campaign: StoredCampaign;
  readonly packages: readonly StoredPackage[];
  /** As it is after this contact. */
  readonly update: StoredUpdate;
  /** Whether this contact has moved it. */
  readonly moved: boolean;
  /** The phase to carry out now. */
  readonly due: Phase | undefined;
  /** When asking again could give another answer, by the clock alone; `null` when it depends on an event. */
  readonly until: Instant | null;
};

/**
 * A device makes contact. It is given the phase that is due in the campaign it has begun with, else in the
 * running one that goes first of those that have an open update for it; all steps on the way are written before the
 * answer. An update that the device cannot take part in ends as rejected. `undefined` when there is nothing for it, or
 * while it waits to be accepted.
 */
export const checkIn = async (
  deps: Contacting,
  speaker: Speaker,
  device: StoredDevice,
  manner: Manner = { together: false },
): Promise<Result<Assignment | undefined, Refusal>> => {
  if (device.standing === 'waiting') return ok(undefined);
  for (;;) {
    const made = await contact(deps, speaker, device, manner);
    if (!made.ok) return made;
    if (made.value === undefined || !('rejectedFrom' in made.value)) return ok(made.value);
    const { rejectedFrom, admission } = made.value;
    await afterClosing(deps, speaker.account.key, rejectedFrom, { admission });
  }
};

/** The device was taken out of a campaign for good, and there may be another one for it. */
type Rejected = Pick<StoredUpdate, 'admission'> & { readonly rejectedFrom: StoredCampaign };

const contact = (
  { store, clock, noteGate }: Contacting,
  speaker: Speaker,
  device: StoredDevice,
  manner: Manner,
): Promise<Result<Assignment | Rejected | undefined, Refusal>> => {
  const account = speaker.account.key;
  return save<Assignment | Rejected | undefined>(store, { entity: 'device', id: device.id }, async () => {
    const now = clock();
    const found = await chooseUpdate(store, speaker.account, device, manner, now);
    if (found === undefined) return ok({ change: { account, writes: [], events: [] }, value: undefined });
    const { chosen, until } = found;
    const { campaign, packages, update: was } = chosen;
    const by = { actor: speaker.actor, at: now };
    const keys = { campaign: campaign.key, device: device.key };
    if (chosen.misfit !== undefined) return reject(account, campaign, chosen.misfit, was, by);
    const { progressed } = chosen;
    if (progressed.gate !== undefined) noteGate?.(progressed.gate);
    const events = progressed.events.map((body) => event(body, by, keys));
    const heardAt = Math.max(was.heardAt, progressed.update.since);
    const { handedAt } = was;
    const after = { ...progressed.update, ...keys, version: was.version + 1, heardAt, handedAt };
    const moved = events.length > 0;
    return ok({
      change: {
        account,
        writes: moved ? [{ save: 'update', was, value: progressed.update }] : [],
        events,
        ...conditionsOf(campaign, progressed),
      },
      value: { campaign, packages, update: moved ? after : was, moved, due: progressed.due, until },
    });
  });
};

const reject = (
  account: AccountKey,
  campaign: StoredCampaign,
  misfit: Misfit,
  was: StoredOpenUpdate,
  by: By,
): Result<Planned<Rejected>, Refusal> => {
  const decided = decideAll(was, [rejection(misfit, campaign.plan)], by.at);
  if (!decided.ok) return decided;
  const { value, events } = decided.value;
  return ok({
    change: {
      account,
      writes: [{ save: 'update', was, value }],
      events: events.map((body) => event(body, by, { campaign: was.campaign, device: was.device })),
    },
    value: { rejectedFrom: campaign, admission: value.admission },
  });
};

/**
 * What a device says about the phase it is in. With `whileAt` it counts only while its update is there: later only
 * its words are kept.
 */
export type DeviceReport = Said & { readonly whileAt?: Position };

type Said =
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
  besides?: Besides,
): Promise<Result<Member, Refusal>> => {
  const { store, clock } = deps;
  const taken = await commandMember(
    deps,
    speaker,
    at,
    async (member) => {
      if (said.whileAt !== undefined && said.whileAt !== member.update.position) return ok([]);
      return ok([
        // Words alone begin nothing.
        ...(said.type === 'note' ? [] : await handOver(store, speaker, member, clock())),
        await toCommand(store, speaker, member, said, clock()),
      ]);
    },
    words,
    besides,
  );
  if (taken.ok && taken.value.update.status === 'closed') {
    const { campaign, update } = taken.value;
    await afterClosing(deps, speaker.account.key, campaign, update);
  }
  return taken;
};

/** A device that begins what is ready without having asked once more gets it handed over all the same. */
const handOver = async (
  store: Store,
  { account }: Speaker,
  member: Member,
  now: Instant,
): Promise<readonly UpdateCommand[]> => {
  const { device, update } = member;
  if (update.status === 'closed' || phaseOf(update.position)?.step !== 'ready') return [];
  const { around } = await circumstancesOf(store, account, member, mannerOf(device), now);
  return [deliveryIn(around, now)];
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
      return {
        type: 'reject',
        message: said.message,
        counted: rejectedStanding(member.campaign.plan),
      };
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
