import type { Campaign, CampaignCommand } from '../domain/campaign.ts';
import { isFinal } from '../domain/campaign.ts';
import type { Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { planAll } from './campaign-change.ts';
import { type Examination, examine, type Objection, type Verdict } from './eligibility.ts';
import { advanced, doneAt, type JobDeps, pieceOf, settle } from './job-piece.ts';
import type { Job, JobWork, StoredJob } from './job-records.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { sentenceOf } from './sentence.ts';
import {
  changeUnknown,
  devicesAsked,
  factsOf,
  NOBODY_ELIGIBLE,
  type ThingSpaceCampaign,
} from './thingspace-campaign.ts';
import { removeNow } from './thingspace-removal.ts';

type Admitting = Extract<JobWork, { readonly type: 'admit' }>;
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** Devices of a piece: each is looked at by itself, and others want to be answered meanwhile. */
const PIECE = 200;

/** What a campaign's devices are held against; `undefined` when it was not made over the ThingSpace wire. */
export const examinationOf = async (
  store: Store,
  { account }: Speaker,
  campaign: StoredCampaign,
): Promise<Examination | undefined> => {
  const known = await factsOf(store, account.key, campaign.id);
  if (known === undefined) return undefined;
  const packages = await store.packages.findMany(account.key, campaign.plan.packages);
  return { campaign, facts: known.facts, packages };
};

/** Brings devices into a campaign: those that may as such, others as rejected with the reason. */
export const joinAs = async (
  deps: Pick<JobDeps, 'store' | 'clock'>,
  { account, actor }: Speaker,
  campaign: StoredCampaign,
  verdicts: readonly Verdict[],
): Promise<void> => {
  const { store } = deps;
  const bulk = { account: account.key, campaign: campaign.key, actor, now: deps.clock() };
  const eligible = verdicts.filter(({ is }) => is === 'eligible').map(({ deviceId }) => deviceId);
  if (eligible.length > 0) {
    await store.updates.add({ ...bulk, by: 'ids', deviceIds: eligible, again: true });
  }
  for (const [objection, deviceIds] of byObjection(verdicts)) {
    await store.updates.add({ ...bulk, by: 'ids', deviceIds, again: false });
    await store.updates.close({
      ...bulk,
      ...objection,
      by: 'ids',
      deviceIds,
      recall: [],
      outcome: 'rejected',
    });
  }
};

const byObjection = (verdicts: readonly Verdict[]): readonly (readonly [Objection, readonly string[]])[] => {
  const groups = new Map<string, [Objection, string[]]>();
  for (const verdict of verdicts) {
    if (verdict.is !== 'ineligible') continue;
    const { deviceId, objection } = verdict;
    const group = groups.get(objection.message);
    if (group === undefined) groups.set(objection.message, [objection, [deviceId]]);
    else group[1].push(deviceId);
  }
  return [...groups.values()];
};

/** One piece of a request's devices; after the last of those that join, the campaign waits for its start, or fails. */
export const admitPiece = async (deps: JobDeps, job: StoredJob, work: Admitting): Promise<void> => {
  const { store, clock } = deps;
  const [account, campaign] = await Promise.all([
    store.accounts.get(job.account),
    store.campaigns.get(job.account, job.campaign),
  ]);
  if (account === undefined || campaign === undefined || isFinal(campaign.status)) {
    return settle(deps, job, { status: 'done' });
  }
  const speaker = { account, actor: pieceOf(deps, job).actor };
  const examination = await examinationOf(store, speaker, campaign);
  if (examination === undefined) return settle(deps, job, { status: 'done' });
  const { type, total, deviceIds } =
    work.request === null
      ? ({ type: 'append', total: 0, deviceIds: [] } as const)
      : await devicesAsked(store, account.key, work.request, { from: job.cursor, limit: PIECE });
  const next = job.cursor + deviceIds.length;
  const isLast = deviceIds.length === 0 || next >= total;
  const value = advanced({ ...job, total }, isLast ? null : next, deviceIds.length, doneAt(clock));
  if (type === 'remove') {
    await removeNow(deps, speaker, campaign, deviceIds);
    await store.commit({ account: account.key, writes: [{ save: 'job', was: job, value }], events: [] });
    return;
  }
  const verdicts = await examine(deps, speaker, examination, deviceIds);
  await joinAs(deps, speaker, campaign, verdicts);
  const unknown = verdicts.filter(({ is }) => is === 'unknown').map(({ deviceId }) => deviceId);
  const made = { createdBy: job.createdBy, createdAt: clock() };
  const writes = await changeUnknown(store, account.key, campaign, { add: unknown }, made);
  const follow = isLast ? await settled(deps, job, examination) : { writes: [], events: [] };
  await store.commit({
    account: account.key,
    writes: [...writes, ...follow.writes, { save: 'job', was: job, value }],
    events: follow.events,
  });
};

const nothing = { writes: [], events: [] };

/** What becomes of a campaign once its devices were looked at. */
const settled = async (deps: JobDeps, job: StoredJob, { campaign, facts }: Examination) => {
  const { store, clock } = deps;
  const { open } = await store.campaigns.counts(job.account, campaign.key);
  const isEmpty = !facts.autoAddDevices && !Object.values(open).some((count) => count > 0);
  if (isEmpty && (await othersComing(store, job))) return nothing;
  const commandFor = (value: Campaign) => nextCommand(value, facts, isEmpty, clock());
  const by = { account: job.account, actor: { kind: 'server' } } as const;
  const planned = await planAll(deps, by, campaign, [commandFor], clock());
  if (planned.ok) return planned.value.change;
  const because = sentenceOf(planned.refusal);
  const failed = await planAll(deps, by, campaign, [() => ({ type: 'fail', because })], clock());
  return failed.ok ? failed.value.change : nothing;
};

const isOpen = ({ status }: Job): boolean => status === 'waiting' || status === 'running';

const othersComing = async (store: Store, job: StoredJob): Promise<boolean> =>
  (await store.jobs.ofCampaign(job.account, job.campaign)).some(
    (other) => other.id !== job.id && other.work.type === 'admit' && isOpen(other),
  );

/** `undefined` leaves it as it is: it waits for approvals, or is on its way already. */
const nextCommand = (
  { status }: Campaign,
  facts: ThingSpaceCampaign,
  isEmpty: boolean,
  now: Instant,
): CampaignCommand | undefined => {
  if (status !== 'draft' && status !== 'awaiting-approval' && status !== 'approved') return undefined;
  if (isEmpty) return { type: 'fail', because: NOBODY_ELIGIBLE };
  return status === 'awaiting-approval' ? undefined : beginning(facts, now);
};

/** Starts a campaign whose day has come, else schedules it. */
export const beginning = ({ startDate }: ThingSpaceCampaign, now: Instant): CampaignCommand => {
  const startAt = Date.parse(`${startDate}T00:00:00Z`);
  return startAt > now ? { type: 'schedule', startAt } : { type: 'start' };
};
