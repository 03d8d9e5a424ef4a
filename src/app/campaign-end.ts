import { type CampaignCommand, dueAt } from '../domain/campaign.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { planChange } from './campaigns.ts';
import { save } from './change.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

const BATCH = 100;

/** Carries out a command of the server itself on the campaign as it is now. */
const command = (
  deps: Deps,
  account: Caller['account']['key'],
  campaign: Pick<StoredCampaign, 'key' | 'id'>,
  commandFor: (was: StoredCampaign) => CampaignCommand | undefined,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const nothing = ok({ change: { account, writes: [], events: [] }, value: undefined });
  return save(store, { entity: 'campaign', id: campaign.id }, async () => {
    const was = await store.campaigns.get(account, campaign.key);
    const wanted = was === undefined ? undefined : commandFor(was);
    if (was === undefined || wanted === undefined) return nothing;
    const planned = planChange(deps, { account, actor: { kind: 'server' } }, was, wanted, clock());
    // Somebody else was quicker, or the state no longer takes it: then there is nothing to do.
    return planned.ok ? planned : nothing;
  });
};

/**
 * Ends a campaign that asks for it once every device in it is done: when it has devices, none of them is open,
 * and none is still being brought in.
 */
export const endIfComplete = async (
  deps: Deps,
  account: Caller['account']['key'],
  campaign: StoredCampaign,
): Promise<void> => {
  if (!campaign.plan.endWhenComplete) return;
  const { open, closed } = await deps.store.campaigns.counts(account, campaign.key);
  if (isAny(open) || !isAny(closed)) return;
  const jobs = await deps.store.jobs.ofCampaign(account, campaign.key);
  if (jobs.some(({ status }) => status === 'waiting' || status === 'running')) return;
  await command(deps, account, campaign, () => ({ type: 'end', because: 'complete' }));
};

const isAny = (counts: Readonly<Record<string, number>>): boolean =>
  Object.values(counts).some((count) => count > 0);

/** Starts the campaigns whose date has come, and ends those whose end has. Answers how many were due. */
export const runDueCampaigns = async (deps: Deps): Promise<number> => {
  const now = deps.clock();
  const due = await deps.store.campaigns.due(now, BATCH);
  for (const { account, campaign } of due) {
    await command(deps, account, campaign, (was) => dueCommand(was, deps.clock()));
  }
  return due.length;
};

const dueCommand = (campaign: StoredCampaign, now: number): CampaignCommand | undefined => {
  const at = dueAt(campaign);
  if (at === null || at > now) return undefined;
  return campaign.status === 'scheduled' ? { type: 'start' } : { type: 'end', because: 'end-date' };
};
