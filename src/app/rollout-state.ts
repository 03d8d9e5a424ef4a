import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { type Progress, wavesOf } from '../domain/rollout.ts';
import { type TalliesByScope, waveScope } from '../domain/tally.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

/** How far a campaign has come with its waves and rules, and what was counted in which part of it. */
export type RolloutState = {
  readonly campaign: StoredCampaign;
  /** `null` unless it was started and is not over. */
  readonly progress: Progress | null;
  readonly tallies: TalliesByScope;
};

/** The campaign, its waves, and every part that is held or in which a rule fired. */
const scopesOf = ({ plan: { rollout } }: StoredCampaign, progress: Progress | null): readonly string[] => {
  const waves = wavesOf(rollout);
  const after = waves.length === 0 ? [] : [waveScope(waves.length)];
  const noted = [...(progress?.held ?? []), ...(progress?.tripped ?? []).map(({ scope }) => scope)];
  return [...new Set(['', ...waves.map((_, index) => waveScope(index)), ...after, ...noted])];
};

export const getRollout = async (
  deps: { readonly store: Store },
  caller: Caller,
  campaignId: string,
): Promise<Result<RolloutState, Refusal>> => {
  const found = await getCampaign(deps, caller, campaignId);
  if (!found.ok) return found;
  const campaign = found.value;
  const progress = 'progress' in campaign ? campaign.progress : null;
  const tallies = await deps.store.campaigns.tallies(
    caller.account.key,
    campaign.key,
    scopesOf(campaign, progress),
  );
  return ok({ campaign, progress, tallies });
};
