import type { CampaignCommand } from '../domain/campaign.ts';
import type { AccountKey } from '../domain/ids.ts';
import { ok } from '../domain/result.ts';
import { wavesOf } from '../domain/rollout.ts';
import { type Firing, firedRules, rebased, ruledScopes } from '../domain/stop-rule.ts';
import { type Admission, type TalliesByScope, waveScope } from '../domain/tally.ts';
import type { Update } from '../domain/update.ts';
import { planChanges } from './campaign-change.ts';
import { endIfComplete } from './campaign-end.ts';
import { save } from './change.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { rollingBack } from './roll-back.ts';
import { metWaves, sizeAgain, waveScopes } from './waves.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** What follows when an update was closed: rules judge its campaign, its wave may be done, and so may all of it. */
export const afterClosing = async (
  deps: Deps,
  account: AccountKey,
  campaign: StoredCampaign,
  { admission }: Pick<Update, 'admission'>,
): Promise<void> => {
  if (admission !== null) await judge(deps, account, campaign, [admission]);
  await endIfComplete(deps, account, campaign);
};

const isJudged = ({ plan }: StoredCampaign): boolean =>
  plan.stopRules.length > 0 || wavesOf(plan.rollout).length > 0;

const isUnderWay = ({ status }: StoredCampaign): boolean => status === 'running' || status === 'paused';

/**
 * Holds what was counted where devices were let in against the stop rules and the condition of the wave: one read, and
 * one commit of all that follows, after which no device is given anything that this forbids.
 */
const judge = async (
  deps: Deps,
  account: AccountKey,
  campaign: StoredCampaign,
  admissions: readonly Admission[],
): Promise<void> => {
  const { store, clock } = deps;
  if (!isJudged(campaign)) return;
  const nothing = { change: { account, writes: [], events: [] }, value: undefined };
  await save(store, { entity: 'campaign', id: campaign.id }, async () => {
    const found = await store.campaigns.get(account, campaign.key);
    if (found === undefined || !isJudgeable(found)) return ok(nothing);
    const ruled = admissions.flatMap((admission) => ruledScopes(found.plan.stopRules, admission));
    const scopes = [...new Set([...ruled, ...waveScopes(found)])];
    const tallies = await store.campaigns.tallies(account, found.key, scopes);
    const tripped = rebased(found.plan.stopRules, found.progress.tripped, tallies, scopes);
    const was =
      tripped === found.progress.tripped ? found : { ...found, progress: { ...found.progress, tripped } };
    const commands = [...trips(was, admissions, tallies), ...metWaves(was, was.progress.sizes, tallies)];
    if (commands.length === 0) {
      const writes = was === found ? [] : [{ save: 'campaign', was: found, value: was } as const];
      return ok({ change: { account, writes, events: [] }, value: undefined });
    }
    const now = clock();
    const { change } = await planChanges(deps, account, was, commands, now);
    const back = rollingBack(deps, was, change.events, now);
    const writes = [...change.writes, ...back.writes];
    return ok({
      change: { ...change, writes, events: [...change.events, ...back.events] },
      value: undefined,
    });
  });
};

type Judged = Extract<StoredCampaign, { readonly status: 'running' | 'paused' }>;

const isJudgeable = (campaign: StoredCampaign): campaign is Judged => isUnderWay(campaign);

/** A rule that two devices of the same scope make fire fires once. */
const trips = (
  { plan, progress }: Judged,
  admissions: readonly Admission[],
  tallies: TalliesByScope,
): readonly CampaignCommand[] => {
  const fired = new Map<string, Firing>();
  for (const admission of admissions) {
    for (const firing of firedRules(plan.stopRules, admission, tallies, progress)) {
      fired.set(`${firing.rule} ${firing.scope}`, firing);
    }
  }
  return [...fired.values()].map((firing) => ({ type: 'trip', ...firing }));
};

/** What was found of a campaign: how many are in it, and all that it is judged by. */
type Found = { readonly members: number; readonly state: string };

/**
 * Looks at all campaigns under way that are other than when it looked last: judges them, so that what a server did not
 * get to is done by the next, and has their waves counted again when devices came or went. Answers whether there is
 * more to do, which there never is.
 */
export const createRolloutSweep = (deps: Deps): (() => Promise<boolean>) => {
  let seen: ReadonlyMap<string, Found> = new Map();
  return async () => {
    const now = new Map<string, Found>();
    for (const { account, campaign } of await deps.store.campaigns.withOpenUpdates()) {
      if (!isUnderWay(campaign) || !(isJudged(campaign) || campaign.plan.endWhenComplete)) continue;
      const name = `${account}/${campaign.key}`;
      const [found, before] = [await look(deps, account, campaign), seen.get(name)];
      now.set(name, found);
      if (found.state !== before?.state) await judgeAll(deps, account, campaign);
      if (found.members !== before?.members) await sizeAgain(deps, account, campaign, true);
    }
    seen = now;
    return false;
  };
};

const look = async ({ store }: Deps, account: AccountKey, campaign: StoredCampaign): Promise<Found> => {
  const tallies = isJudged(campaign) ? await store.campaigns.tallies(account, campaign.key, ['']) : undefined;
  const { open, closed } = await store.campaigns.counts(account, campaign.key);
  const { removed = 0, ...others } = closed;
  const members = sumOf(open) + sumOf(others);
  const isEmpty = sumOf(open) === 0;
  return { members, state: JSON.stringify([campaign.version, tallies?.get(''), isEmpty, members, removed]) };
};

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Judges a campaign by all that was counted in it, wherever that is. */
export const judgeAll = async (deps: Deps, account: AccountKey, campaign: StoredCampaign): Promise<void> => {
  const { plan, key } = campaign;
  const waves = wavesOf(plan.rollout).map((_, wave): Admission => ({ wave, scopes: ['', waveScope(wave)] }));
  const byAttribute = plan.stopRules.some(({ scope }) => scope.by === 'attribute');
  const values = byAttribute ? await deps.store.campaigns.attributeTallies(account, key) : new Map();
  const admissions = [...values.keys()].map((scope): Admission => ({ wave: null, scopes: ['', scope] }));
  await judge(deps, account, campaign, [{ wave: null, scopes: [''] }, ...waves, ...admissions]);
  await endIfComplete(deps, account, campaign);
};
