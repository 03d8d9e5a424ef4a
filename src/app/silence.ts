import type { Plan } from '../domain/plan.ts';
import type { Phase, Position } from '../domain/position.ts';
import { ok } from '../domain/result.ts';
import { afterFailure } from '../domain/retry.ts';
import { DAY, type Instant } from '../domain/time.ts';
import type { UpdateCommand } from '../domain/update.ts';
import type { Caller } from './caller.ts';
import { endIfComplete } from './campaign-end.ts';
import { commandMember, type Member } from './members.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };
type AccountKey = Caller['account']['key'];

const BATCH = 500;

/** A device that never answers is not waited for longer than this, in milliseconds. */
const LONGEST_RECALL = DAY;

/** Where an update is while a phase of it runs, as far as the server can tell. */
const underWay: Readonly<Record<Phase, readonly Position[]>> = {
  download: ['download-running'],
  execution: ['download-complete', 'execution-running'],
  activation: ['execution-complete', 'activation-running'],
};

/**
 * Devices that were told to begin and then fell silent for longer than their campaign allows: they are tried
 * again or given up by its retry policy. Answers how many there were.
 */
export const giveUpSilent = async (deps: Deps): Promise<number> => {
  let found = 0;
  for (const { account, campaign } of await deps.store.campaigns.withOpenUpdates()) {
    for (const phase of Object.keys(underWay) as Phase[]) {
      found += await giveUpIn(deps, account, campaign, phase);
    }
  }
  return found;
};

const allowed = ({ plan, status }: StoredCampaign, phase: Phase): number | null =>
  status === 'running' || status === 'paused' || status === 'stopped'
    ? plan.timeouts[phase]
    : Math.min(plan.timeouts[phase] ?? LONGEST_RECALL, LONGEST_RECALL);

const giveUpIn = async (
  deps: Deps,
  account: AccountKey,
  campaign: StoredCampaign,
  phase: Phase,
): Promise<number> => {
  const { store, clock } = deps;
  const patience = allowed(campaign, phase);
  if (patience === null) return 0;
  const silentSince = clock() - patience;
  const silent = await store.updates.silent(account, campaign.key, underWay[phase], silentSince, BATCH);
  const owner = await store.accounts.get(account);
  if (owner === undefined) return 0;
  const speaker = { account: owner, actor: { kind: 'server' } } as const;
  for (const update of silent) {
    const device = await store.devices.get(account, update.device);
    if (device === undefined) continue;
    const at = { campaign: campaign.id, device: device.id };
    const taken = await commandMember(deps, speaker, at, async (member) =>
      ok(commandFor(member, phase, silentSince, clock())),
    );
    if (taken.ok && taken.value.update.status === 'closed') await endIfComplete(deps, speaker, campaign);
  }
  return silent.length;
};

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
  return { type: 'time-out', message, aftermath: aftermathOf(campaign.plan, update, now) };
};

const aftermathOf = (plan: Plan, update: Extract<Member['update'], { status: 'open' }>, now: Instant) =>
  afterFailure(plan, update, { reason: 'phase-timed-out', resettable: false }, now);
