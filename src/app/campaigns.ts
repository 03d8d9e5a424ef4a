import {
  type Campaign,
  type CampaignCommand,
  type CampaignStatus,
  campaignStatuses,
  decide,
  createCampaign as newCampaign,
} from '../domain/campaign.ts';
import { contentOf, defaultPlan, type Plan, type Target } from '../domain/plan.ts';
import { planProblem } from '../domain/plan-problem.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StopRule } from '../domain/stop-rule.ts';
import { parseExpression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { planChange } from './campaign-change.ts';
import { asExpected, event, madeBefore, type Planned, type Repeatable, save } from './change.ts';
import type { CampaignFilter, Counts, Page, PageRequest, Slice, Sliced } from './lists.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { dropFacts } from './thingspace-campaign.ts';
import type { Write } from './writes.ts';

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

/** The newest first. A page goes on after so many campaigns, not after one of a key. */
export const listNewestCampaigns = async (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  filter: CampaignFilter,
  { after: skip, limit }: PageRequest,
): Promise<Page<StoredCampaign>> => {
  const slice = { skip, limit, by: 'created', descending: true } as const;
  const { items, total } = await store.campaigns.slice(caller.account.key, filter, slice);
  return { items, next: skip + items.length < total && items.length > 0 ? skip + items.length : null };
};

/** A page of the account's campaigns by its place. */
export const sliceCampaigns = (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  filter: CampaignFilter,
  slice: Slice,
): Promise<Sliced<StoredCampaign>> => store.campaigns.slice(caller.account.key, filter, slice);

/** How many campaigns the account has in each status, those of which it has none included. */
export const countCampaigns = async (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
): Promise<Readonly<Record<CampaignStatus, number>>> => {
  const counted = await store.campaigns.countByStatus(caller.account.key);
  const entries = campaignStatuses.map((status) => [status, counted[status] ?? 0]);
  return Object.fromEntries(entries) as Record<CampaignStatus, number>;
};

/** One read of the counters. */
export const countUpdates = async (
  deps: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<Counts, Refusal>> => {
  const found = await getCampaign(deps, caller, id);
  return found.ok ? ok(await deps.store.campaigns.counts(caller.account.key, found.value.key)) : found;
};

/** A plan with the given fields in place of its own. */
export const complete = (base: Plan, patch: PlanPatch): Plan => {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
};

/** What is wrong with a plan, its packages and its query included. */
export const refusePlan = async (
  { store }: Pick<CampaignDeps, 'store'>,
  caller: Caller,
  plan: Plan,
  now: Instant,
  was?: Plan,
): Promise<Refusal | undefined> =>
  planProblem(plan, now) ??
  queryProblem(plan) ??
  (await missingList(store, caller, plan.target, was?.target)) ??
  (await missingPackage(store, caller, [...plan.packages, ...plan.stopRules.flatMap(packageOfRule)]));

const packageOfRule = ({ rollBackTo }: StopRule): readonly string[] =>
  rollBackTo === null ? [] : [rollBackTo];

const queryProblem = ({ target }: Plan): Refusal | undefined => {
  if (target.by !== 'query') return undefined;
  const parsed = parseExpression(target.expression);
  return parsed.ok ? undefined : parsed.refusal;
};

const listOf = (target: Target | undefined): string | null => (target?.by === 'query' ? target.list : null);

/** A saved query may be gone by now that was there when the plan took it. */
const missingList = async (
  store: Store,
  caller: Caller,
  target: Target,
  was: Target | undefined,
): Promise<Refusal | undefined> => {
  const list = listOf(target);
  if (list === null || list === listOf(was)) return undefined;
  const found = await store.queries.find(caller.account.key, list);
  return found === undefined ? { code: 'not-found', entity: 'query', id: list } : undefined;
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
  /** What else is written with the campaign of this id. */
  alongside: (id: string, now: Instant) => readonly Write[] = () => [],
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
        writes: [{ save: 'campaign', value }, ...alongside(id, now)],
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
    const problem = await refusePlan(deps, caller, plan, now, was.plan);
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
    if (request.type === 'start' && was.plan.packages.length === 0) {
      const ownPackages = await deps.store.campaigns.hasOwnPackages(caller.account.key, was.key);
      return ok({ type: 'start', ownPackages });
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
    const found = asExpected(await getCampaign(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const was = found.value;
    const now = clock();
    const decided = decide(was, { type: 'delete' }, now);
    if (!decided.ok) return decided;
    const by = { actor: caller.actor, at: now };
    const events = decided.value.map((body) => event(body, by, { campaign: was.key }));
    const beside = await dropFacts(store, caller.account.key, was);
    return ok({
      change: { account: caller.account.key, writes: [{ drop: 'campaign', was }, ...beside], events },
      value: undefined,
    });
  });
};

/** Load, decide, save, and read back. */
export const carryOut = async (
  deps: CampaignDeps,
  caller: Caller,
  id: string,
  expected: number | undefined,
  commandFor: (was: StoredCampaign, now: Instant) => Promise<Result<CampaignCommand, Refusal>>,
): Promise<Result<StoredCampaign, Refusal>> => {
  const { store, clock } = deps;
  const saved = await save(store, about(id), async () => {
    const found = asExpected(await getCampaign(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
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
