import type { CampaignStatus } from '../domain/campaign.ts';
import { familyOf } from '../domain/package.ts';
import { wasDelivered } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { mayBeginAgainAt, triesFor } from '../domain/retry.ts';
import type { Instant } from '../domain/time.ts';
import { misfitIn, misfitMessage, queueOf } from './admission.ts';
import { type Blocker, firstOf, type OpenMember, ownVerdicts, type Verdict } from './blockers.ts';
import type { Caller } from './caller.ts';
import { getMember, type Member, type MemberId } from './member.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredPackage, UpdateLog } from './records.ts';
import { circumstancesOf, mannerOf, packagesOf } from './surroundings.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** What an operator can do about it. */
export type Remedy =
  | 'approve-campaign'
  | 'start-campaign'
  | 'resume-campaign'
  | 'edit-campaign'
  | 'open-wave'
  | 'release'
  | 'schedule'
  | 'accept-device'
  | 'edit-device'
  | 'set-packages'
  | 'nudge'
  | 'recall'
  | 'close'
  | 'begin-again';

/** Why an update is where it is. */
export type Explanation = Member & {
  /** Every rule that was asked, whatever it said. */
  readonly verdicts: readonly Verdict[];
  /** The one that has to change first; `null` of an update that is over. */
  readonly blocking: (Verdict & { readonly message: string }) | null;
  /** When the clock alone may change something; for an update that is over, from when it may begin again. */
  readonly changesAt: Instant | null;
  /** What the device said last in this journey; `null` when it said nothing. */
  readonly said: UpdateLog['entries'][number] | null;
  readonly attempts: { readonly made: number; readonly most: number; readonly generation: number };
  readonly remedies: readonly Remedy[];
};

/** Why a device in a campaign does not go on, as the next contact would find it; nothing is written. */
export const explainUpdate = async (
  deps: Deps,
  caller: Pick<Caller, 'account'>,
  at: MemberId,
): Promise<Result<Explanation, Refusal>> => {
  const found = await getMember(deps, caller, at.campaign, at.device);
  if (!found.ok) return found;
  const member = found.value;
  const { campaign, device, update } = member;
  const { entries } = await deps.store.updates.log(caller.account.key, campaign.key, device.key);
  const most = triesFor(campaign.plan.retry, 'phase-timed-out').attempts;
  const told = {
    ...member,
    said: entries.at(-1) ?? null,
    attempts: { made: update.attempt, most, generation: update.generation },
  };
  if (update.status === 'closed') {
    const changesAt = mayBeginAgainAt(campaign.plan, update);
    return ok({ ...told, verdicts: [], blocking: null, changesAt, remedies: remediesAfter(campaign.status) });
  }
  const verdicts = await verdictsOn(deps, caller, { ...member, update });
  const blocking = firstOf(verdicts);
  const message = await messageOf(deps, caller, { ...member, update }, blocking.rule);
  return ok({
    ...told,
    verdicts,
    blocking: { ...blocking, message },
    changesAt: blocking.until,
    remedies: remediesFor(blocking.rule, campaign.status),
  });
};

const verdictsOn = async (
  deps: Deps,
  caller: Pick<Caller, 'account'>,
  member: OpenMember,
): Promise<readonly Verdict[]> => {
  const { store, clock } = deps;
  const now = clock();
  const { device } = member;
  const { around, packages } = await circumstancesOf(store, caller.account, member, mannerOf(device), now);
  const verdicts = ownVerdicts(member, { around, packages }, now);
  const waitsForReport = verdicts.some(({ rule, open }) => !open && (rule === 'recall' || rule === 'report'));
  const goesFirst = waitsForReport ? undefined : await findFirst(deps, caller, member, packages);
  return [
    ...verdicts,
    { rule: 'other-campaign', open: goesFirst === undefined, until: null },
    // When all else is open, the device has to ask.
    { rule: 'contact', open: false, until: null },
  ];
};

/** The id of the campaign that the device has begun with, or that brings it the same and goes first. */
const findFirst = async (
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  { campaign, device }: OpenMember,
  packages: readonly StoredPackage[],
): Promise<string | undefined> => {
  const own = familyOf(packages);
  for (const other of await queueOf(store, account.key, device)) {
    if (other.campaign.key === campaign.key) return undefined;
    if (wasDelivered(other.update.position)) return other.campaign.id;
    const theirs = familyOf(await packagesOf(store, account.key, other.campaign, other.update));
    if ([...theirs].some((component) => own.has(component))) return other.campaign.id;
  }
  return undefined;
};

const messages: Readonly<Record<Blocker, string>> = {
  'campaign-status': 'The campaign does not run.',
  'campaign-end': 'The end of the campaign has come.',
  freeze: 'No phase begins during a freeze.',
  'back-off': 'The device rests before it tries again.',
  'not-before': 'The phase may not begin yet.',
  approval: 'The device waits for a go.',
  slot: 'The time fixed for the device is ahead.',
  window: 'No window is open.',
  spread: 'Inside the window, the turn of the device is still to come.',
  wave: 'The wave of the device is not open.',
  held: 'The wave of the device, or others with the same value of an attribute, are held.',
  pace: 'As many devices as may begin in this minute have begun.',
  budget: 'As many devices with the same value of an attribute as may be in progress are.',
  concurrency: 'As many devices of the campaign as may be in progress are.',
  queue: 'Devices that asked earlier go first.',
  packages: 'There is no package for the device.',
  recall: 'The device was asked to stop and has not answered.',
  report: 'The device was told to begin and has not said that it is done.',
  acceptance: 'The device waits for an operator to accept it.',
  fit: 'The device cannot take part.',
  'other-campaign': 'Another campaign goes first.',
  contact: 'Nothing stands in the way: the device has to ask.',
};

const messageOf = async (
  { store }: Deps,
  { account }: Pick<Caller, 'account'>,
  member: OpenMember,
  rule: Blocker,
): Promise<string> => {
  if (rule !== 'fit' && rule !== 'other-campaign') return messages[rule];
  const packages = await packagesOf(store, account.key, member.campaign, member.update);
  if (rule === 'fit') {
    const misfit = misfitIn(member, member.device, packages);
    return misfit === undefined ? messages[rule] : `${messages[rule]} Why: ${misfitMessage(misfit)}.`;
  }
  const id = await findFirst({ store, clock: () => 0 }, { account }, member, packages);
  return id === undefined ? messages[rule] : `${messages[rule]} It is "${id}".`;
};

const ending: readonly Remedy[] = ['recall', 'close'];

const cures: Readonly<Record<Blocker, readonly Remedy[]>> = {
  'campaign-status': [],
  'campaign-end': ['edit-campaign'],
  freeze: ['edit-campaign'],
  'back-off': [],
  'not-before': ['edit-campaign'],
  approval: ['schedule'],
  slot: ['schedule'],
  window: ['edit-campaign'],
  spread: ['edit-campaign'],
  wave: ['open-wave', 'edit-campaign'],
  held: ['release'],
  pace: ['edit-campaign'],
  budget: ['edit-campaign'],
  concurrency: ['edit-campaign'],
  queue: ['edit-campaign'],
  packages: ['set-packages', 'edit-campaign'],
  recall: [],
  report: ['nudge'],
  acceptance: ['accept-device'],
  fit: ['edit-device', 'set-packages', 'edit-campaign'],
  'other-campaign': ['edit-campaign'],
  contact: ['nudge'],
};

const byStatus: Readonly<Partial<Record<CampaignStatus, readonly Remedy[]>>> = {
  draft: ['start-campaign'],
  'awaiting-approval': ['approve-campaign'],
  approved: ['start-campaign'],
  scheduled: ['start-campaign'],
  paused: ['resume-campaign'],
  stopped: ['start-campaign'],
};

const remediesFor = (rule: Blocker, status: CampaignStatus): readonly Remedy[] => [
  ...cures[rule],
  ...(rule === 'campaign-status' ? (byStatus[status] ?? []) : []),
  ...ending,
];

const isOver: readonly CampaignStatus[] = ['ended', 'cancelled', 'rejected', 'failed'];

const remediesAfter = (status: CampaignStatus): readonly Remedy[] =>
  isOver.includes(status) ? [] : ['begin-again'];
