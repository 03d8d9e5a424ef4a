import { type Campaign, isFinal } from '../domain/campaign.ts';
import { contentOf, type Plan } from '../domain/plan.ts';
import { planProblem } from '../domain/plan-problem.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { beginning, examinationOf, joinAs } from './admit.ts';
import { type Caller, signatureOf } from './caller.ts';
import { planAll } from './campaign-change.ts';
import { type CampaignDeps, commandCampaign, createCampaign, getCampaign } from './campaigns.ts';
import { save } from './change.ts';
import { examine, type Verdict } from './eligibility.ts';
import { insist } from './insist.ts';
import { newJob } from './new-job.ts';
import type { StoredCampaign, StoredPackage } from './records.ts';
import { checkHeld } from './rights.ts';
import {
  factsOf,
  saveFacts,
  saveRequest,
  type ThingSpaceCampaign,
  type ThingSpaceDates,
} from './thingspace-campaign.ts';
import { datesInPlan, planOf } from './thingspace-plan.ts';
import type { Write } from './writes.ts';

/** A campaign with what the ThingSpace wire knows of it. */
export type Scheduled = { readonly campaign: StoredCampaign; readonly facts: ThingSpaceCampaign };

const missing = (id: string) => refused<Refusal>({ code: 'not-found', entity: 'campaign', id });

/** A campaign that was made over this version of the wire; others are as unknown as any. */
export const getScheduled = async (
  deps: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  api: ThingSpaceCampaign['api'],
  id: string,
): Promise<Result<Scheduled, Refusal>> => {
  const found = await getCampaign(deps, caller, id);
  if (!found.ok) return found;
  const known = await factsOf(deps.store, caller.account.key, id);
  if (known?.facts.api !== api) return missing(id);
  return ok({ campaign: found.value, facts: known.facts });
};

/**
 * Takes a campaign on: it is there at once, and a job decides which of the devices may take part. Whoever does so needs
 * `Schedule Campaign` too, since it starts by itself on its day.
 */
export const schedule = async (
  deps: CampaignDeps,
  caller: Caller,
  facts: ThingSpaceCampaign,
  pack: StoredPackage,
  deviceIds: readonly string[],
): Promise<Result<Scheduled, Refusal>> => {
  const refusal = checkHeld(caller, ['Schedule Campaign']);
  if (refusal !== undefined) return refused(refusal);
  const requestId = deps.ids.uuid();
  const createdBy = signatureOf(caller.actor);
  const created = await createCampaign(
    deps,
    caller,
    planOf(caller.account, facts, pack),
    undefined,
    (id, createdAt) => [
      saveFacts(id, facts, { createdBy, createdAt }),
      ...request(deps, requestId, { id }, { type: 'append', deviceIds }, { createdBy, createdAt }),
    ],
  );
  return created.ok ? ok({ campaign: created.value, facts }) : created;
};

type Wanted = { readonly type: 'append' | 'remove'; readonly deviceIds: readonly string[] };

/** A request and the job that looks at its devices: in one change, so that there is never one without the other. */
const request = (
  { ids }: Pick<CampaignDeps, 'ids'>,
  id: string,
  campaign: Pick<StoredCampaign, 'id'> & Partial<Pick<StoredCampaign, 'key'>>,
  wanted: Wanted,
  made: { readonly createdBy: string; readonly createdAt: Instant },
): readonly Write[] => {
  const given = { id: ids.uuid(), campaign, createdBy: made.createdBy, now: made.createdAt };
  const value = newJob(given, { type: 'admit', request: id });
  return [...saveRequest(id, campaign.id, wanted, made), { save: 'job', value }];
};

/** The campaign was handed over to its devices. */
export const wasStarted = ({ status }: Pick<Campaign, 'status'>): boolean =>
  status === 'running' || status === 'paused' || status === 'stopped';

/**
 * Puts other dates and windows in place of a campaign's, in one change with its plan and its schedule. `datesFor` says
 * which, by the campaign as it is then.
 */
export const changeDates = async (
  deps: CampaignDeps,
  caller: Caller,
  api: ThingSpaceCampaign['api'],
  id: string,
  datesFor: (was: Scheduled, now: Instant) => ThingSpaceDates,
): Promise<Result<Scheduled, Refusal>> => {
  const { store, clock, hashing } = deps;
  const saved = await save(store, { entity: 'campaign', id }, async () => {
    const found = await getScheduled(deps, caller, api, id);
    const known = await factsOf(store, caller.account.key, id);
    if (!found.ok) return found;
    if (known === undefined) return missing(id);
    const { campaign } = found.value;
    const now = clock();
    const facts = { ...known.facts, ...datesFor(found.value, now) };
    const plan = { ...campaign.plan, ...datesInPlan(facts) };
    const problem = planProblem(plan, now);
    if (problem !== undefined) return refused(problem);
    const digest = hashing.sha256(contentOf(plan));
    const by = { account: caller.account.key, actor: caller.actor };
    const commands = commandsFor(campaign, facts, { plan, digest, by: signatureOf(caller.actor) }, now);
    const planned = await planAll(deps, by, campaign, commands, now);
    if (!planned.ok) return planned;
    const { change } = planned.value;
    const isSame = JSON.stringify(facts) === JSON.stringify(known.facts);
    const writes = isSame ? [] : [saveFacts(id, facts, known.document, known.document)];
    return ok({ change: { ...change, writes: [...change.writes, ...writes] }, value: undefined });
  });
  return saved.ok ? getScheduled(deps, caller, api, id) : saved;
};

type Edit = { readonly plan: Plan; readonly digest: string; readonly by: string };

/** At no moment may the end be before the start: where it would, the start moves first. */
const commandsFor = (was: Campaign, facts: ThingSpaceCampaign, edit: Edit, now: Instant) => {
  const editing = () => ({ type: 'edit', ...edit }) as const;
  const moving = ({ status }: Campaign) => (status === 'scheduled' ? beginning(facts, now) : undefined);
  const { endAt } = edit.plan;
  const endsBefore = was.status === 'scheduled' && endAt !== null && endAt <= was.startAt;
  return endsBefore ? [moving, editing] : [editing, moving];
};

/** Whether devices may still be added and removed: not once it was started (reference 3.4). */
export const isBeforeStart = ({ status }: Pick<Campaign, 'status'>): boolean =>
  !isFinal(status) && !wasStarted({ status });

const wrongState = ({ status }: Campaign, action: string) =>
  refused<Refusal>({ code: 'campaign/wrong-state', action, status });

/** Has devices join or leave later: a job sees to them as at the beginning. Answers the id of the request. */
export const requestDevices = async (
  deps: CampaignDeps,
  caller: Caller,
  campaign: StoredCampaign,
  wanted: Wanted,
): Promise<string> => {
  const id = deps.ids.uuid();
  const made = { createdBy: signatureOf(caller.actor), createdAt: deps.clock() };
  const writes = request(deps, id, campaign, wanted, made);
  await deps.store.commit({ account: caller.account.key, writes, events: [] });
  return id;
};

/** Brings devices into a campaign at once, but for those that may not; so few at a time that others are not held up. */
export const addNow = async (
  deps: CampaignDeps,
  caller: Caller,
  campaign: StoredCampaign,
  deviceIds: readonly string[],
): Promise<Result<readonly Verdict[], Refusal>> => {
  const examination = await examinationOf(deps.store, caller, campaign);
  if (examination === undefined) return missing(campaign.id);
  if (!isBeforeStart(campaign)) return wrongState(campaign, 'add devices');
  const verdicts = await examine(deps, caller, examination, deviceIds);
  await joinAs(
    deps,
    caller,
    campaign,
    verdicts.filter(({ is }) => is === 'eligible'),
  );
  return ok(verdicts);
};

/** What a version of the wire allows whoever wants a campaign to be over. */
export type Cancelling = { readonly mayAbort: boolean };

/**
 * Cancels a campaign before its start; once it was started it is aborted, where that is allowed: it ends, and devices
 * that have begun are asked to stop. Whoever asks again is told the same.
 */
export const cancelScheduled = (
  deps: CampaignDeps,
  caller: Caller,
  api: ThingSpaceCampaign['api'],
  id: string,
  { mayAbort }: Cancelling,
): Promise<Result<StoredCampaign, Refusal>> =>
  // The job that looks at its devices may write it at the same moment, of which callers know nothing.
  insist(async () => {
    const found = await getScheduled(deps, caller, api, id);
    if (!found.ok) return found;
    const { campaign } = found.value;
    if (campaign.status === 'cancelled' || wasAborted(campaign)) return ok(campaign);
    if (!wasStarted(campaign)) return commandCampaign(deps, caller, id, { type: 'cancel' }, campaign.version);
    return mayAbort ? commandCampaign(deps, caller, id, { type: 'end' }) : wrongState(campaign, 'cancel');
  });

/** Somebody ended it before its time. */
export const wasAborted = (campaign: Campaign): boolean =>
  campaign.status === 'ended' && campaign.because === 'operator';
