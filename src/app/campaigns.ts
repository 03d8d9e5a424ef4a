import {
  type Campaign,
  type CampaignCommand,
  type CampaignEvent,
  decide,
  evolveAll,
  createCampaign as newCampaign,
} from '../domain/campaign.ts';
import type { AccountKey } from '../domain/ids.ts';
import { contentOf, defaultPlan, type Plan, planProblem } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { checkVersion, event, madeBefore, type Planned, type Repeatable, save } from './change.ts';
import { newJob } from './new-job.ts';
import type {
  CampaignFilter,
  Clock,
  Counts,
  Hashing,
  Ids,
  Page,
  PageRequest,
  Store,
  Write,
} from './ports.ts';
import type { Actor, StoredCampaign } from './records.ts';

export type CampaignDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

/** The fields of a plan that are given; the rest stays, or is the default. */
export type PlanPatch = { readonly [Field in keyof Plan]?: Plan[Field] | undefined };

const about = (id: string) => ({ entity: 'campaign', id }) as const;

/** A campaign of the caller's account by its id. */
export const getCampaign = async (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredCampaign, Refusal>> => {
  const found = await store.campaigns.find(caller.account.key, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

export const listCampaigns = (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  filter: CampaignFilter,
  page: PageRequest,
): Promise<Page<StoredCampaign>> => store.campaigns.list(caller.account.key, filter, page);

/** One read of the counters. */
export const countUpdates = async (
  deps: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<Counts, Refusal>> => {
  const found = await getCampaign(deps, caller, id);
  return found.ok ? ok(await deps.store.campaigns.counts(caller.account.key, found.value.key)) : found;
};

const complete = (base: Plan, patch: PlanPatch): Plan => {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
};

/** What is wrong with a plan, its packages and its query included. */
const refusePlan = async (
  { store }: CampaignDeps,
  caller: Caller,
  plan: Plan,
  now: Instant,
): Promise<Refusal | undefined> => {
  const problem = planProblem(plan, now) ?? queryProblem(plan);
  return problem ?? missingPackage(store, caller, plan.packages);
};

const queryProblem = ({ target }: Plan): Refusal | undefined => {
  if (target.by !== 'query') return undefined;
  const parsed = parseExpression(target.expression);
  return parsed.ok ? undefined : parsed.refusal;
};

/** The first of the ids that no package of the account has. */
export const missingPackage = async (
  store: Store,
  caller: Caller,
  ids: readonly string[],
): Promise<Refusal | undefined> => {
  const found = new Set((await store.packages.findMany(caller.account.key, ids)).map(({ id }) => id));
  const missing = ids.find((id) => !found.has(id));
  return missing === undefined ? undefined : { code: 'not-found', entity: 'package', id: missing };
};

/** Creates a campaign under the approval policy that its account has now. */
export const createCampaign = (
  deps: CampaignDeps,
  caller: Caller,
  patch: PlanPatch,
  repeatable?: Repeatable,
): Promise<Result<StoredCampaign, Refusal>> => {
  const { store, clock, ids, hashing } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  return save(store, about(id), async () => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) return asItIs(await getCampaign(deps, caller, made.value));
    const now = clock();
    const plan = complete(defaultPlan, patch);
    const problem = await refusePlan(deps, caller, plan, now);
    if (problem !== undefined) return refused(problem);
    const value = newCampaign(
      {
        id,
        plan,
        digest: hashing.sha256(contentOf(plan)),
        policy: caller.account.approvalPolicy,
        createdBy: signatureOf(caller.actor),
      },
      now,
    );
    return ok({
      change: {
        account,
        writes: [{ save: 'campaign', value }],
        events: [
          event(
            { type: 'campaign-created', name: plan.name },
            { actor: caller.actor, at: now },
            { campaign: { inserted: id } },
          ),
        ],
        idempotency: repeatable && { ...repeatable, ...about(id) },
      },
      value: undefined,
    });
  }).then((made) =>
    made.ok ? (made.value === undefined ? getCampaign(deps, caller, id) : ok(made.value)) : made,
  );
};

const asItIs = (
  result: Result<StoredCampaign, Refusal>,
): Result<Planned<StoredCampaign | undefined>, Refusal> =>
  result.ok ? ok({ change: { account: null, writes: [], events: [] }, value: result.value }) : result;

/** Changes the given fields of a plan. A change of content makes given approvals lapse. */
export const editCampaign = (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  patch: PlanPatch,
  expected?: number,
): Promise<Result<StoredCampaign, Refusal>> =>
  carryOut(deps, caller, id, expected, async (was, now) => {
    const plan = complete(was.plan, patch);
    const problem = await refusePlan(deps, caller, plan, now);
    if (problem !== undefined) return refused(problem);
    const digest = deps.hashing.sha256(contentOf(plan));
    return ok({ type: 'edit', plan, digest, by: signatureOf(caller.actor) });
  });

/** What an operator asks for, before the campaign's own data is filled in. */
export type CampaignRequest =
  | { readonly type: 'approve' }
  | { readonly type: 'reject'; readonly comment: string }
  | { readonly type: 'schedule'; readonly startAt: Instant }
  | { readonly type: 'start' | 'pause' | 'resume' | 'stop' | 'cancel' | 'end' };

/** Approves, starts, stops, ... a campaign. Asking for the state it is in changes nothing and is no error. */
export const commandCampaign = (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  request: CampaignRequest,
  expected?: number,
): Promise<Result<StoredCampaign, Refusal>> =>
  carryOut(deps, caller, id, expected, async (was) => {
    if (request.type === 'start' || request.type === 'schedule') {
      const missing = await missingPackage(deps.store, caller, was.plan.packages);
      if (missing !== undefined) return refused(missing);
    }
    return ok(toCommand(request, was, signatureOf(caller.actor)));
  });

const toCommand = (request: CampaignRequest, { digest }: Campaign, by: string): CampaignCommand => {
  switch (request.type) {
    case 'approve':
      return { type: 'approve', by, digest };
    case 'reject':
      return { type: 'reject', by, comment: request.comment };
    case 'schedule':
      return request;
    case 'end':
      return { type: 'end', because: 'operator' };
    default:
      return { type: request.type };
  }
};

/** Forgets a campaign that is not under way, with the updates in it. Its events stay. */
export const deleteCampaign = async (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = await getCampaign(deps, caller, id);
    if (!found.ok) return found;
    const was = found.value;
    const stale = checkVersion(was, expected, about(id));
    if (stale !== undefined) return refused(stale);
    const now = clock();
    const decided = decide(was, { type: 'delete' }, now);
    if (!decided.ok) return decided;
    const by = { actor: caller.actor, at: now };
    const events = decided.value.map((body) => event(body, by, { campaign: was.key }));
    return ok({
      change: { account: caller.account.key, writes: [{ drop: 'campaign', was }], events },
      value: undefined,
    });
  });
};

/** Load, decide, save, and read back. */
const carryOut = async (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  expected: number | undefined,
  commandFor: (was: StoredCampaign, now: Instant) => Promise<Result<CampaignCommand, Refusal>>,
): Promise<Result<StoredCampaign, Refusal>> => {
  const { store, clock } = deps;
  const saved = await save(store, about(id), async () => {
    const found = await getCampaign(deps, caller, id);
    if (!found.ok) return found;
    const stale = checkVersion(found.value, expected, about(id));
    if (stale !== undefined) return refused(stale);
    const now = clock();
    const command = await commandFor(found.value, now);
    if (!command.ok) return command;
    return planChange(
      deps,
      { account: caller.account.key, actor: caller.actor },
      found.value,
      command.value,
      now,
    );
  });
  return saved.ok ? getCampaign(deps, caller, id) : saved;
};

/** What a command changes: the campaign, its events, and the large work that follows from them. */
export const planChange = (
  deps: Pick<CampaignDeps, 'ids'>,
  by: { readonly account: AccountKey; readonly actor: Actor },
  was: StoredCampaign,
  command: CampaignCommand,
  now: Instant,
): Result<Planned<undefined>, Refusal> => {
  const decided = decide(was, command, now);
  if (!decided.ok) return decided;
  if (decided.value.length === 0) {
    return ok({ change: { account: by.account, writes: [], events: [] }, value: undefined });
  }
  const value = evolveAll(was, decided.value, now);
  const followUps = decided.value.flatMap((what) => followUp(deps, by.actor, was, what, now));
  return ok({
    change: {
      account: by.account,
      writes: [{ save: 'campaign', was, value }, ...followUps],
      events: decided.value.map((body) => event(body, { actor: by.actor, at: now }, { campaign: was.key })),
    },
    value: undefined,
  });
};

/** Starting brings in the devices that match; being over closes what is still open. Both in pieces. */
const followUp = (
  { ids }: Pick<CampaignDeps, 'ids'>,
  actor: Actor,
  campaign: StoredCampaign,
  what: CampaignEvent,
  now: Instant,
): readonly Write[] => {
  const job = (work: Parameters<typeof newJob>[1]): Write => ({
    save: 'job',
    value: newJob({ id: ids.uuid(), campaign, createdBy: signatureOf(actor), now }, work),
  });
  switch (what.type) {
    case 'campaign-started':
      return campaign.plan.target.by === 'query'
        ? [job({ type: 'add-by-query', expression: campaign.plan.target.expression })]
        : [];
    case 'campaign-cancelled':
    case 'campaign-failed':
      return [job({ type: 'close-open', outcome: 'cancelled', reason: 'campaign-cancelled' })];
    case 'campaign-ended':
      return [job({ type: 'close-open', outcome: 'timed-out', reason: 'campaign-ended' })];
    default:
      return [];
  }
};
