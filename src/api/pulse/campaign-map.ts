import type { PlanPatch } from '../../app/campaigns.ts';
import type { Counts } from '../../app/lists.ts';
import type { StoredCampaign } from '../../app/records.ts';
import type { Plan } from '../../domain/plan.ts';
import { type Phase, type Position, phaseOf, phases, positions } from '../../domain/position.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { Campaign, CampaignSpec, CampaignStatus } from '../../wire/pulse/campaigns.ts';
import { fromSettings, toSettings } from './campaign-settings.ts';
import { campaignStatusOf, gatewayStates } from './states.ts';

type Given = CampaignSpec & { readonly name?: string };

const fromPackages = (packages: NonNullable<Given['packages']>): readonly string[] =>
  Array.isArray(packages) ? packages : packages.packages;

/** What is given of a campaign in the words of its plan as it was; what is absent stays absent. */
export const fromSpec = (
  { name, description, packages, campaignSettings }: Given,
  was: Pick<Plan, 'retry'>,
): Result<PlanPatch, Refusal> => {
  const patch = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(packages !== undefined && { packages: fromPackages(packages) }),
  };
  if (campaignSettings === undefined) return ok(patch);
  const settings = fromSettings(campaignSettings.settings ?? {}, was.retry);
  return settings.ok ? ok({ ...patch, ...settings.value }) : settings;
};

const statusOf = ({ status, policy }: StoredCampaign) => campaignStatusOf(status, policy);

/** A campaign in a list. */
export const toListed = (campaign: StoredCampaign) => ({
  id: campaign.id,
  name: campaign.plan.name,
  status: statusOf(campaign),
  description: campaign.plan.description,
  creationTime: `${campaign.createdAt}`,
  packages: { packages: [...campaign.plan.packages] },
});

/** A campaign by itself; `changedAt` is when something last happened to it. */
export const toCampaign = (campaign: StoredCampaign, changedAt: Instant): Campaign => ({
  ...toListed(campaign),
  modificationTime: `${changedAt}`,
  createdBy: campaign.createdBy,
  campaignSettings: { settings: { ...toSettings(campaign.plan) } },
});

const sum = (counts: readonly (number | undefined)[]): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0);

const countAt = ({ open, closedAt }: Counts, position: Position): number =>
  sum([open[position], closedAt[position]]);

/** Whether a device at a position is done with a phase. Of one that resets nobody knows. */
const hasDone = (position: Position, phase: Phase): boolean => {
  const at = phaseOf(position);
  if (at === undefined) return false;
  if (at.phase === phase) return at.step === 'complete';
  return phases.indexOf(at.phase) > phases.indexOf(phase);
};

const countDone = (counts: Counts, phase: Phase): string =>
  `${sum(positions.filter((position) => hasDone(position, phase)).map((position) => countAt(counts, position)))}`;

/** How many gateways are in a campaign: those that were taken out are not. */
export const countMembers = (counts: Counts): number =>
  sum(positions.map((position) => countAt(counts, position)));

/** How many gateways are in each state, open or closed; states without any are left out. */
export const toCountsByState = (counts: Counts): Record<string, string> =>
  Object.fromEntries(
    positions
      .filter((position) => countAt(counts, position) > 0)
      .map((position) => [gatewayStates[position], `${countAt(counts, position)}`]),
  );

/** How far a campaign has come. */
export const toStatus = (campaign: StoredCampaign, counts: Counts, changedAt: Instant): CampaignStatus => ({
  status: statusOf(campaign),
  name: campaign.plan.name,
  campaignId: campaign.id,
  description: campaign.plan.description,
  creationTime: `${campaign.createdAt}`,
  modificationTime: `${changedAt}`,
  totalNumberOfGateways: `${countMembers(counts)}`,
  totalNumberOfPackages: `${campaign.plan.packages.length}`,
  numberOfGatewaysInDownloadCompleteState: `${countAt(counts, 'download-complete')}`,
  numberOfGatewaysInExecutionCompleteState: `${countAt(counts, 'execution-complete')}`,
  numberOfGatewaysInActivationCompleteState: `${countAt(counts, 'activation-complete')}`,
  numberOfGatewaysDownloaded: countDone(counts, 'download'),
  numberOfGatewaysExecuted: countDone(counts, 'execution'),
  numberOfGatewaysActivated: countDone(counts, 'activation'),
  gatewayCountsByState: toCountsByState(counts),
});
