import {
  type Campaign,
  type CampaignCommand,
  type CampaignEvent,
  decide,
  evolveAll,
} from '../domain/campaign.ts';
import type { AccountKey } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { wavesOf } from '../domain/rollout.ts';
import { type Instant, SECOND } from '../domain/time.ts';
import { signatureOf } from './caller.ts';
import { event, type Planned, save } from './change.ts';
import type { Actor } from './event-records.ts';
import type { JobWork } from './job-records.ts';
import { newJob } from './new-job.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { factsOf } from './thingspace-campaign.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly ids: Ids };

/** Whose command it is, and on what. */
type Commanded = {
  readonly account: AccountKey;
  readonly actor: Actor;
  readonly was: StoredCampaign;
  readonly now: Instant;
};

/** What a command changes: the campaign, its events, and the large work that follows from them. */
export const planChange = async (
  deps: Deps,
  by: { readonly account: AccountKey; readonly actor: Actor },
  was: StoredCampaign,
  command: CampaignCommand,
  now: Instant,
): Promise<Result<Planned<undefined>, Refusal>> => {
  const decided = decide(was, command, now);
  if (!decided.ok) return decided;
  const events = decided.value;
  return ok(await planned(deps, { ...by, was, now }, evolveAll(was, events, now), events));
};

const planned = async (
  deps: Deps,
  commanded: Commanded,
  value: Campaign,
  decided: readonly CampaignEvent[],
): Promise<Planned<undefined>> => {
  const { account, actor, was, now } = commanded;
  if (decided.length === 0) return { change: { account, writes: [], events: [] }, value: undefined };
  const followUps: Write[] = [];
  for (const what of decided) followUps.push(...(await followUp(deps, commanded, what)));
  return {
    change: {
      account,
      writes: [{ save: 'campaign', was, value }, ...followUps],
      events: decided.map((body) => event(body, { actor, at: now }, { campaign: was.key })),
    },
    value: undefined,
  };
};

/** What commands change together, one after the other; the first that is refused refuses them all. */
export const planAll = async (
  deps: Deps,
  by: { readonly account: AccountKey; readonly actor: Actor },
  was: StoredCampaign,
  commandsFor: readonly ((value: Campaign) => CampaignCommand | undefined)[],
  now: Instant,
): Promise<Result<Planned<undefined>, Refusal>> => {
  let value: Campaign = was;
  const events: CampaignEvent[] = [];
  for (const commandFor of commandsFor) {
    const command = commandFor(value);
    if (command === undefined) continue;
    const decided = decide(value, command, now);
    if (!decided.ok) return decided;
    value = evolveAll(value, decided.value, now);
    events.push(...decided.value);
  }
  return ok(await planned(deps, { ...by, was, now }, value, events));
};

/** What the server's own commands change, one after the other; those that the state does not take change nothing. */
export const planChanges = (
  deps: Deps,
  account: AccountKey,
  was: StoredCampaign,
  commands: readonly CampaignCommand[],
  now: Instant,
): Promise<Planned<undefined>> => {
  let value: Campaign = was;
  const events: CampaignEvent[] = [];
  for (const command of commands) {
    const decided = decide(value, command, now);
    if (!decided.ok) continue;
    value = evolveAll(value, decided.value, now);
    events.push(...decided.value);
  }
  return planned(deps, { account, actor: { kind: 'server' }, was, now }, value, events);
};

/** Carries out commands of the server itself on a campaign as it is now. */
export const commandAsServer = async (
  deps: Deps & { readonly clock: Clock },
  account: AccountKey,
  campaign: Pick<StoredCampaign, 'key' | 'id'>,
  commandsFor: (was: StoredCampaign) => Promise<readonly CampaignCommand[]>,
): Promise<void> => {
  const { store, clock } = deps;
  await save(store, { entity: 'campaign', id: campaign.id }, async () => {
    const was = await store.campaigns.get(account, campaign.key);
    if (was === undefined) return ok({ change: { account, writes: [], events: [] }, value: undefined });
    return ok(await planChanges(deps, account, was, await commandsFor(was), clock()));
  });
};

/**
 * Starting brings in the devices that match, and so does another target while the campaign is under way; being
 * over closes what is still open. All in pieces.
 */
const followUp = async (deps: Deps, commanded: Commanded, what: CampaignEvent): Promise<readonly Write[]> => {
  const { was } = commanded;
  switch (what.type) {
    case 'campaign-started':
      return orSize(deps, commanded, was.plan, await bringIn(deps, commanded, joiningWork(was.plan)));
    case 'campaign-approved':
      return (await startsByItself(deps, commanded))
        ? [begin(deps, commanded, { type: 'admit', request: null })]
        : [];
    case 'campaign-edited':
      return was.status === 'running' || was.status === 'paused' ? replan(deps, commanded, what.plan) : [];
    case 'campaign-cancelled':
    case 'campaign-failed':
      return [begin(deps, commanded, cancelling)];
    case 'campaign-ended':
      return [begin(deps, commanded, ending)];
    default:
      return [];
  }
};

const replan = async (deps: Deps, commanded: Commanded, plan: Plan): Promise<readonly Write[]> => {
  const { was } = commanded;
  const work = joiningWork(plan);
  const joining = isSameWork(work, joiningWork(was.plan)) ? [] : await bringIn(deps, commanded, work);
  const isSameRollout = JSON.stringify(plan.rollout) === JSON.stringify(was.plan.rollout);
  return isSameRollout ? joining : orSize(deps, commanded, plan, joining);
};

/** Waves are counted once all are in: after the devices that join, or now where none does. */
const orSize = async (
  deps: Deps,
  { account, was, now }: Commanded,
  { rollout }: Plan,
  joining: readonly Write[],
): Promise<readonly Write[]> =>
  joining.length > 0 || wavesOf(rollout).length === 0 ? joining : sizingJob(deps, account, was, now);

/** Has the devices of each wave counted, unless that waits to be done already. */
export const sizingJob = async (
  { store, ids }: Deps,
  account: AccountKey,
  campaign: StoredCampaign,
  now: Instant,
): Promise<readonly Write[]> => {
  const jobs = await store.jobs.ofCampaign(account, campaign.key);
  if (jobs.some(({ work, status }) => work.type === 'size-waves' && status === 'waiting')) return [];
  const value = newJob(
    { id: ids.uuid(), campaign, createdBy: 'server', now },
    { type: 'size-waves', sizes: [] },
  );
  return [{ save: 'job', value }];
};

/** Campaigns of the wire that has no word for starting wait for nothing but their date once they are approved. */
const startsByItself = async ({ store }: Deps, { account, was }: Commanded): Promise<boolean> =>
  (await factsOf(store, account, was.id)) !== undefined;

const cancelling = { type: 'close-open', outcome: 'cancelled', reason: 'campaign-cancelled' } as const;
const ending = { type: 'close-open', outcome: 'timed-out', reason: 'campaign-ended' } as const;

/** The work by which a plan's target comes into its campaign; `undefined` where nobody joins by a query. */
export const joiningWork = ({ target }: Plan): JobWork | undefined =>
  target.by === 'query'
    ? {
        type: 'add-by-query',
        expression: target.expression,
        every: target.reevaluateSeconds > 0 ? target.reevaluateSeconds * SECOND : null,
      }
    : undefined;

/** Whether two jobs would do the same. */
export const isSameWork = (a: JobWork | undefined, b: JobWork | undefined): boolean => {
  if (a?.type !== 'add-by-query' || b?.type !== 'add-by-query') return a === b;
  return a.expression === b.expression && a.every === b.every;
};

const begin = ({ ids }: Deps, { actor, was, now }: Commanded, work: JobWork): Write => ({
  save: 'job',
  value: newJob({ id: ids.uuid(), campaign: was, createdBy: signatureOf(actor), now }, work),
});

/** A job that waits for its next round of the same is to do it now, and counts anew; else there is a new one. */
const bringIn = async (
  deps: Deps,
  commanded: Commanded,
  work: JobWork | undefined,
): Promise<readonly Write[]> => {
  if (work === undefined) return [];
  const jobs = await deps.store.jobs.ofCampaign(commanded.account, commanded.was.key);
  const waiting = jobs.find((job) => job.status === 'waiting' && isSameWork(job.work, work));
  if (waiting === undefined) return [begin(deps, commanded, work)];
  if (waiting.notBefore <= commanded.now) return [];
  return [{ save: 'job', was: waiting, value: { ...waiting, notBefore: 0, total: null } }];
};
