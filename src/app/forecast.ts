import { isFinal, createCampaign as newCampaign } from '../domain/campaign.ts';
import { type Assumptions, type Forecast, forecast, type Outlook } from '../domain/forecast.ts';
import { areHeadless, canReset } from '../domain/package.ts';
import { defaultPlan, type Plan } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { DAY, type Instant, SECOND } from '../domain/time.ts';
import { type Caller, signatureOf } from './caller.ts';
import { complete, getCampaign, type PlanPatch, refusePlan } from './campaigns.ts';
import { type Basis, basisOf } from './forecast-history.ts';
import { castOf, type Pace, type Played } from './forecast-samples.ts';
import type { Clock, Store } from './ports.ts';
import type { Aborting } from './waker.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  /** Lets others have a turn; a forecast asks for one every few milliseconds. */
  readonly turn: () => Promise<unknown>;
};

/** What to forecast beside the campaign as it is planned. */
export type ForecastRequest = {
  /** What to change in the plan, to see both side by side. */
  readonly change?: PlanPatch | undefined;
  /** In place of what history tells, or the defaults. */
  readonly assumptions?: AssumptionsPatch | undefined;
};

type AssumptionsPatch = {
  readonly [Field in keyof Omit<Assumptions, 'durations'>]?: Assumptions[Field] | undefined;
} & { readonly durations?: Partial<Assumptions['durations']> };

/** A campaign by its id, or the plan of one that nobody has saved yet. */
export type Forecasted = { readonly id: string } | { readonly plan: PlanPatch };

/** How a campaign is expected to go, as planned and as it might be planned. */
export type Forecasts = Basis & {
  readonly at: Instant;
  readonly planned: Forecast;
  readonly changed: Forecast | null;
};

/** Nothing is expected of a campaign beyond. */
const HORIZON = 400 * DAY;
/** Forecasts at the same time: each holds a fleet in memory. */
const AT_ONCE = 2;
const RETRY_AFTER = 5 * SECOND;

const staying = { aborted: false } as const;

/**
 * Forecasts one campaign or plan at a time or two; who asks meanwhile is told to come again. Nothing is written. Where
 * `leaving` aborts, whoever asked has gone: it ends at its next turn, and the answer is for nobody.
 */
export const newForecasts = (deps: Deps) => {
  let running = 0;
  return async (
    caller: Caller,
    of: Forecasted,
    request: ForecastRequest,
    leaving: Pick<Aborting, 'aborted'> = staying,
  ): Promise<Result<Forecasts, Refusal>> => {
    if (running >= AT_ONCE) {
      return refused({ code: 'too-many-requests', retryAt: deps.clock() + RETRY_AFTER });
    }
    running += 1;
    try {
      return await forecastCampaign({ ...deps, leaving }, caller, of, request);
    } finally {
      running -= 1;
    }
  };
};

/** As it would be if it were saved now; its id says by which lot devices come first, so that it is the same each time. */
const unsaved = async (
  deps: Deps,
  caller: Caller,
  patch: PlanPatch,
  now: Instant,
): Promise<Result<Played, Refusal>> => {
  const plan = complete(defaultPlan, patch);
  const problem = await refusePlan(deps, caller, plan, now);
  if (problem !== undefined) return refused(problem);
  const { approvalPolicy: policy } = caller.account;
  const made = { id: 'unsaved', plan, digest: '', policy, createdBy: signatureOf(caller.actor) };
  return ok({ ...newCampaign(made, now), key: null });
};

const saved = async (deps: Deps, caller: Caller, id: string): Promise<Result<Played, Refusal>> => {
  const found = await getCampaign(deps, caller, id);
  if (!found.ok || !isFinal(found.value.status)) return found;
  return refused({ code: 'campaign/wrong-state', action: 'forecast', status: found.value.status });
};

const forecastCampaign = async (
  deps: Deps & Pace,
  caller: Caller,
  of: Forecasted,
  { change, assumptions: given = {} }: ForecastRequest,
): Promise<Result<Forecasts, Refusal>> => {
  const { store, clock } = deps;
  const at = clock();
  const found = 'id' in of ? await saved(deps, caller, of.id) : await unsaved(deps, caller, of.plan, at);
  if (!found.ok) return found;
  const campaign = found.value;
  const other = change === undefined ? undefined : complete(campaign.plan, change);
  const problem = other && (await refusePlan(deps, caller, other, at, campaign.plan));
  if (problem !== undefined) return refused(problem);
  const basis = await basisOf(store, caller.account, deps.leaving);
  const assumptions = withGiven(basis.assumptions, given);
  const play = async (plan: Plan): Promise<Forecast | undefined> =>
    playOut(deps, await outlookOf(deps, caller, campaign, { plan, assumptions, at }));
  const planned = await play(campaign.plan);
  const changed = other === undefined ? null : await play(other);
  if (planned === undefined || changed === undefined)
    return refused({ code: 'too-many-requests', retryAt: at });
  return ok({ at, planned, changed, assumptions, from: basis.from });
};

const withGiven = (base: Assumptions, { durations, ...others }: AssumptionsPatch): Assumptions => ({
  ...base,
  ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
  durations: { ...base.durations, ...durations },
});

type Premises = { readonly plan: Plan; readonly assumptions: Assumptions; readonly at: Instant };

const outlookOf = async (
  { store, turn, leaving }: Deps & Pace,
  { account }: Caller,
  campaign: Played,
  { plan, assumptions, at }: Premises,
): Promise<Outlook> => {
  const packages = await store.packages.findMany(account.key, plan.packages);
  const from = campaign.status === 'scheduled' ? Math.max(at, campaign.startAt) : at;
  const looking = { account, campaign, plan, packages, now: at };
  const { samples, population } = await castOf(store, looking, { turn, leaving });
  return {
    campaign: { ...campaign, plan },
    freezes: account.freezes,
    packages: packages.map((pack) => ({ ...pack, size: pack.digests.size })),
    headless: areHeadless(packages),
    resettable: canReset(packages),
    ...{ samples, population, assumptions },
    ...{ from, until: from + HORIZON },
  };
};

/** Piece by piece, with a turn for others between them; `undefined` where nobody waits for it any more. */
const playOut = async ({ turn, leaving }: Pace, outlook: Outlook): Promise<Forecast | undefined> => {
  const playing = forecast(outlook);
  for (let next = playing.next(); ; next = playing.next()) {
    if (leaving.aborted) return undefined;
    if (next.done === true) return next.value;
    await turn();
  }
};
