import { defaultPlan } from '../domain/plan.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import { complete, getCampaign, type PlanPatch, refusePlan } from './campaigns.ts';
import { type Exclusion, type Judging, judgeAll, judgingOf, nextDevices } from './exclusions.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** A plan as it would be saved; with the id of a campaign, in place of the fields of its own. */
export type Examined = { readonly plan: PlanPatch; readonly campaign?: string | undefined };

/** Devices of one reason, of which a few are named. */
export type Excluded = Pick<Exclusion, 'reason' | 'message'> & {
  readonly devices: number;
  readonly examples: readonly string[];
};

/** How many devices a plan is for, how many of them were looked at, and which of those cannot take part. */
export type Examination = {
  readonly devices: number;
  readonly examined: number;
  readonly excluded: readonly Excluded[];
};

/** Devices looked at in one call at most. */
const MOST = 20_000;
const EXAMPLES = 5;

/**
 * Looks at a plan before it is saved: refuses what cannot be saved, and counts the devices that cannot take part by
 * reason, the most frequent first. Of a larger fleet the first twenty thousand are looked at.
 */
export const examinePlan = async (
  deps: Deps,
  caller: Caller,
  { plan: patch, campaign: id }: Examined,
): Promise<Result<Examination, Refusal>> => {
  const found = id === undefined ? undefined : await getCampaign(deps, caller, id);
  if (found?.ok === false) return found;
  const was = found?.value.plan;
  const plan = complete(was ?? defaultPlan, patch);
  const problem = await refusePlan(deps, caller, plan, deps.clock(), was);
  if (problem !== undefined) return refused(problem);
  const key = found?.value.key ?? null;
  return ok(await examine(await judgingOf(deps, caller.account.key, { key, plan })));
};

const examine = async (judging: Judging): Promise<Examination> => {
  const byReason = new Map<string, Excluded>();
  let examined = 0;
  for (let after: number | null = 0; after !== null && examined < MOST; ) {
    const { candidates, next } = await nextDevices(judging, after);
    examined += candidates.length;
    for (const [, one] of await judgeAll(judging, candidates)) {
      byReason.set(one.reason, withOne(byReason.get(one.reason), one));
    }
    after = next;
    if (after === null) return { devices: examined, examined, excluded: ranked(byReason) };
  }
  return { devices: await countAll(judging, examined), examined, excluded: ranked(byReason) };
};

const withOne = (was: Excluded | undefined, { reason, message, deviceId }: Exclusion): Excluded => {
  const examples = was?.examples ?? [];
  return {
    ...{ reason, message, devices: (was?.devices ?? 0) + 1 },
    examples: examples.length < EXAMPLES ? [...examples, deviceId] : examples,
  };
};

const ranked = (byReason: ReadonlyMap<string, Excluded>): readonly Excluded[] =>
  [...byReason.values()].sort((a, b) => b.devices - a.devices);

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** The larger of both, since most devices are in both or in one. */
const countAll = async (
  { store, account, campaign: { key }, where }: Judging,
  examined: number,
): Promise<number> => {
  const matching = where === undefined ? 0 : await store.devices.count(account, where);
  const members = key === null ? 0 : sum((await store.campaigns.counts(account, key)).open);
  return Math.max(matching, members, examined);
};
