import type { CampaignCommand } from '../domain/campaign.ts';
import type { AccountKey } from '../domain/ids.ts';
import { unfit } from '../domain/package.ts';
import type { Plan } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { isWaveMet, type Rollout, waveOf, wavesOf } from '../domain/rollout.ts';
import { countOf, type TalliesByScope, waveScope } from '../domain/tally.ts';
import type { Caller } from './caller.ts';
import { planChanges, sizingJob } from './campaign-change.ts';
import { type CampaignDeps, carryOut } from './campaigns.ts';
import { save } from './change.ts';
import { advanced, doneAt, type JobDeps, settle } from './job-piece.ts';
import type { Job, StoredJob } from './job-records.ts';
import type { Candidate, StoredCampaign, StoredPackage } from './records.ts';

/** Opens the next wave, or the one named if it is the next. */
export const openWave = (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  { wave, expected }: { readonly wave?: number | undefined; readonly expected?: number | undefined } = {},
): Promise<Result<StoredCampaign, Refusal>> =>
  carryOut(deps, caller, id, expected, async (was) => {
    const next = 'progress' in was ? was.progress.wave + 1 : 1;
    return ok({ type: 'open-wave', wave: wave ?? next, by: 'operator' });
  });

/** Lets no device of a wave, or with a value of an attribute, enter another phase. A repeat changes nothing. */
export const holdScope = (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  scope: string,
  expected?: number,
): Promise<Result<StoredCampaign, Refusal>> =>
  carryOut(deps, caller, id, expected, async () => ok({ type: 'hold', scope }));

/** Lets those go on that were held, by an operator or by a stop rule. A repeat changes nothing. */
export const releaseScope = (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  scope: string,
  expected?: number,
): Promise<Result<StoredCampaign, Refusal>> =>
  carryOut(deps, caller, id, expected, async () => ok({ type: 'release', scope }));

type Sizing = StoredCampaign & { readonly status: 'running' | 'paused' };

const isSized = (campaign: StoredCampaign): campaign is Sizing =>
  (campaign.status === 'running' || campaign.status === 'paused') &&
  wavesOf(campaign.plan.rollout).length > 0;

/** Has the waves of a campaign counted when devices came or went, or nobody has counted them yet. */
export const sizeAgain = async (
  deps: JobDeps,
  account: AccountKey,
  campaign: StoredCampaign,
  haveChanged: boolean,
): Promise<void> => {
  if (!isSized(campaign) || (!haveChanged && campaign.progress.sizes.length > 0)) return;
  const writes = await sizingJob(deps, account, campaign, deps.clock());
  if (writes.length > 0) await deps.store.commit({ account, writes, events: [] });
};

/** Members in one piece of counting. */
export const SIZED_TOGETHER = 5_000;

/** Counts the devices of each wave among the next members; the last piece tells the campaign. */
export const sizePiece = async (deps: JobDeps, job: StoredJob, counted: readonly number[]): Promise<void> => {
  const { store, clock } = deps;
  const campaign = await store.campaigns.get(job.account, job.campaign);
  if (campaign === undefined || !isSized(campaign)) return settle(deps, job, { status: 'done' });
  const page = { after: job.cursor, limit: SIZED_TOGETHER };
  const { items, next } = await store.updates.candidates(job.account, job.campaign, page);
  const packages = await store.packages.findMany(job.account, campaign.plan.packages);
  const sizes = sizesWith(campaign, startOf(campaign, counted), items, packages);
  const work = { type: 'size-waves', sizes } as const;
  const value = advanced({ ...job, work }, next, items.length, doneAt(clock));
  if (next === null) return tellSizes(deps, job, value, sizes);
  await store.commit({ account: job.account, writes: [{ save: 'job', was: job, value }], events: [] });
};

const startOf = ({ plan }: StoredCampaign, counted: readonly number[]): readonly number[] =>
  wavesOf(plan.rollout).map((_, index) => counted[index] ?? 0);

const sizesWith = (
  { id, plan }: StoredCampaign,
  counted: readonly number[],
  candidates: readonly Candidate[],
  packages: readonly StoredPackage[],
): readonly number[] => {
  const sizes = [...counted];
  const started = (index: number): number => sizes[index] ?? 0;
  for (const candidate of candidates) {
    const { admission, device } = candidate;
    if (admission === null && !mayTakePart(candidate, packages, plan)) continue;
    const wave = admission === null ? waveOf(plan.rollout, id, device, started) : admission.wave;
    if (wave !== null && wave < sizes.length)
      sizes[wave] = Math.min(started(wave) + 1, most(plan.rollout, wave));
  }
  return sizes;
};

/** What a device was given on its own is somebody's choice for it. */
const mayTakePart = (
  { isOpen, packages: own, device }: Candidate,
  packages: readonly StoredPackage[],
  plan: Plan,
): boolean => isOpen && (own !== null || unfit(packages, device, plan, nothingElse) === undefined);

const nothingElse: ReadonlySet<string> = new Set();

/** Those that were let in before count too, and may be met after others that would have taken their places. */
const most = (rollout: Rollout, wave: number): number => {
  const size = wavesOf(rollout)[wave]?.size;
  return size?.by === 'count' ? size.count : Number.POSITIVE_INFINITY;
};

const tellSizes = async (
  deps: JobDeps,
  was: StoredJob,
  value: Job,
  sizes: readonly number[],
): Promise<void> => {
  const { store, clock } = deps;
  const { account, campaign: key, campaignId: id } = was;
  await save(store, { entity: 'campaign', id }, async () => {
    const campaign = await store.campaigns.get(account, key);
    const job = { save: 'job', was, value } as const;
    if (campaign === undefined) {
      return ok({ change: { account, writes: [job], events: [] }, value: undefined });
    }
    const tallies = await store.campaigns.tallies(account, key, waveScopes(campaign));
    const sized: CampaignCommand = { type: 'size-waves', sizes };
    const commands = [sized, ...metWaves(campaign, sizes, tallies)];
    const { change } = await planChanges(deps, account, campaign, commands, clock());
    return ok({ change: { ...change, writes: [...change.writes, job] }, value: undefined });
  });
};

/** The scopes of the waves that are not behind a campaign. */
export const waveScopes = (campaign: StoredCampaign): readonly string[] =>
  'progress' in campaign
    ? wavesOf(campaign.plan.rollout)
        .map((_, index) => index)
        .slice(campaign.progress.wave)
        .map(waveScope)
    : [];

/** Commands for the open wave and those after it which have met their condition, each only after the one before. */
export const metWaves = (
  campaign: StoredCampaign,
  sizes: readonly number[],
  tallies: TalliesByScope,
): readonly CampaignCommand[] => {
  if (!('progress' in campaign)) return [];
  const commands: CampaignCommand[] = [];
  for (const [index, wave] of wavesOf(campaign.plan.rollout).entries()) {
    if (index < campaign.progress.wave) continue;
    const succeeded = countOf(tallies, waveScope(index), 'succeeded');
    if (!isWaveMet(wave, sizes[index], succeeded)) break;
    commands.push({ type: 'meet-wave', wave: index });
  }
  return commands;
};
