import { isFinal } from '../domain/campaign.ts';
import type { Phase, Position } from '../domain/position.ts';
import { ok } from '../domain/result.ts';
import { DAY, HOUR, type Instant } from '../domain/time.ts';
import { awaitsRetry, type OpenUpdate, type UpdateCommand } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { aftermathIn } from './check-in.ts';
import { commandMember, type Member } from './member.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign, StoredOpenUpdate, StoredUpdate } from './records.ts';
import { watchClock } from './steady-clock.ts';
import { afterClosing } from './stop-rules.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };
type AccountKey = Caller['account']['key'];

const BATCH = 500;

/** A device that never answers is not waited for longer than this, in milliseconds. */
const LONGEST_RECALL = DAY;

const waiting = (phase: Phase): readonly Position[] => [
  `${phase}-awaiting-approval`,
  `${phase}-scheduled`,
  `${phase}-ready`,
];

/** Where an update is while a phase of it runs, as far as the server can tell. */
const underWay: Readonly<Record<Phase, readonly Position[]>> = {
  download: ['download-running'],
  execution: ['download-complete', 'execution-running'],
  activation: ['execution-complete', 'activation-running', 'resetting'],
};

/** In a campaign that is over nobody waits for a phase: whoever is open was asked to stop, wherever it is. */
const anywhere: Readonly<Record<Phase, readonly Position[]>> = {
  download: underWay.download,
  execution: [...underWay.execution, ...waiting('execution')],
  activation: [...underWay.activation, ...waiting('activation')],
};

/**
 * Devices that were told to begin and then fell silent for longer than their campaign allows: they are tried
 * again or given up by its retry policy. `attended` is for how long somebody has been there without a break to hear
 * them, in milliseconds. Answers how many there were in this batch.
 */
export const giveUpSilent = async (deps: Deps, attended = Number.POSITIVE_INFINITY): Promise<number> => {
  let found = 0;
  for (const { account, campaign } of await deps.store.campaigns.withOpenUpdates()) {
    for (const phase of Object.keys(underWay) as Phase[]) {
      found += await giveUpIn(deps, account, campaign, phase, attended);
    }
  }
  return found;
};

/** After a break every device is given the time to be heard again. */
const GRACE = HOUR;

/**
 * Gives up silent devices, but none for a silence in which nobody listened; whoever's turn it is not only listens. Answers
 * whether it found any.
 */
export const createSilenceWatch = (
  deps: Deps,
  isMine: () => Promise<boolean> = async () => true,
): (() => Promise<boolean>) => {
  const attended = watchClock(deps.clock, deps.clock());
  return async () => {
    const since = attended();
    return (await isMine()) && (await giveUpSilent(deps, since)) > 0;
  };
};

const allowed = (campaign: StoredCampaign, phase: Phase): number | null => {
  const patience = campaign.plan.timeouts[phase];
  return isFinal(campaign.status) ? Math.min(patience ?? LONGEST_RECALL, LONGEST_RECALL) : patience;
};

const giveUpIn = async (
  deps: Deps,
  account: AccountKey,
  campaign: StoredCampaign,
  phase: Phase,
  attended: number,
): Promise<number> => {
  const { store, clock } = deps;
  const patience = allowed(campaign, phase);
  if (patience === null || attended < Math.min(patience, GRACE)) return 0;
  const silentSince = clock() - patience;
  const silent = await findSilent(store, account, campaign, phase, silentSince);
  const owner = silent.length === 0 ? undefined : await store.accounts.get(account);
  if (owner === undefined) return 0;
  const speaker = { account: owner, actor: { kind: 'server' } } as const;
  let given = 0;
  for (const update of silent) {
    const device = await store.devices.get(account, update.device);
    if (device === undefined) continue;
    const at = { campaign: campaign.id, device: device.id };
    const taken = await commandMember(deps, speaker, at, async (member) =>
      ok([commandFor(member, phase, silentSince, clock())]),
    );
    if (!taken.ok || taken.value.update.version === update.version) continue;
    given += 1;
    const { update: after } = taken.value;
    // Before the next one is given up: the campaign may stop by itself.
    if (after.status === 'closed') await afterClosing(deps, account, campaign, after);
  }
  return given;
};

/**
 * Those that were told to begin. Where a phase is entered from there are others too, which wait for their next
 * attempt: they owe nothing, and however many they are, they may not hide the rest.
 */
const findSilent = async (
  store: Store,
  account: AccountKey,
  campaign: StoredCampaign,
  phase: Phase,
  before: Instant,
): Promise<readonly StoredUpdate[]> => {
  const positions = (isFinal(campaign.status) ? anywhere : underWay)[phase];
  for (let limit = BATCH; ; limit *= 2) {
    const found = await store.updates.silent(account, campaign.key, positions, before, limit);
    const silent = found.filter((update) => update.status === 'open' && owesAnswer(update));
    if (silent.length > 0 || found.length < limit) return silent;
  }
};

/** It was told to begin, or to stop. */
const owesAnswer = (update: OpenUpdate): boolean => update.recall !== null || !awaitsRetry(update);

const commandFor = (
  { campaign, update }: Member,
  phase: Phase,
  silentSince: Instant,
  now: Instant,
): UpdateCommand => {
  // It spoke between the search and now, or is over: then nothing changes.
  if (update.status === 'closed' || update.heardAt > silentSince) return { type: 'check-in' };
  const message = `the device said nothing for too long during ${phase}`;
  if (update.recall !== null) return { type: 'close', ...update.recall };
  const reason = wasNeverHeard(update) ? 'never-seen' : 'phase-timed-out';
  const aftermath = aftermathIn(campaign, update, { reason, resettable: false }, now);
  return { type: 'time-out', reason, message, aftermath };
};

/** It said nothing at all since it was told to begin. */
const wasNeverHeard = ({ position, attempt, heardAt, since }: StoredOpenUpdate): boolean =>
  position === 'download-running' && attempt === 1 && heardAt <= since;
