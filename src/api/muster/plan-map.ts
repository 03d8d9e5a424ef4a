import type { PlanPatch } from '../../app/campaigns.ts';
import type { Freeze } from '../../domain/freeze.ts';
import type { Plan, RetryPolicy, Timing, Window } from '../../domain/plan.ts';
import type { Rollout, Wave } from '../../domain/rollout.ts';
import type { StopRule } from '../../domain/stop-rule.ts';
import { SECOND } from '../../domain/time.ts';
import type { CampaignPatch, CampaignPlan } from '../../wire/muster/campaigns.ts';
import { fromInstant, fromMaybeInstant, toInstant, toMaybeInstant } from './map.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const toHour = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const fromHour = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

type ShownTiming = CampaignPlan['download'];

const toWindow = (window: Window): ShownTiming['windows'][number] => ({
  days: window.days.map((day) => days[day - 1] ?? 'mon'),
  from: toHour(window.from),
  to: toHour(window.to),
  zone: window.zone,
});

const toTiming = ({ notBefore, windows, spread }: Timing): ShownTiming => ({
  notBefore: toMaybeInstant(notBefore),
  windows: windows.map(toWindow),
  spreadSeconds: toSeconds(spread),
});

const fromTiming = ({ notBefore, windows, spreadSeconds = 0 }: ShownTiming): Timing => ({
  notBefore: fromMaybeInstant(notBefore),
  spread: spreadSeconds * SECOND,
  windows: windows.map((window) => ({
    days: window.days.map((day) => days.indexOf(day) + 1),
    from: fromHour(window.from),
    to: fromHour(window.to),
    zone: window.zone,
  })),
});

const toSeconds = (milliseconds: number): number => Math.round(milliseconds / SECOND);
const toMaybeSeconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : toSeconds(milliseconds);
const fromSeconds = (seconds: number | null): number | null => (seconds === null ? null : seconds * SECOND);

/** Quiet spans as this wire writes them. */
export const toFreezes = (freezes: readonly Freeze[]): CampaignPlan['freezes'] =>
  freezes.map(({ name, from, to }) => ({ name, from: toInstant(from), to: toInstant(to) }));

export const fromFreezes = (freezes: CampaignPlan['freezes']): readonly Freeze[] =>
  freezes.map(({ name, from, to }) => ({ name, from: fromInstant(from), to: fromInstant(to) }));

type ShownRollout = CampaignPlan['rollout'];
type ShownWave = Extract<ShownRollout, { waves: unknown }>['waves'][number];

const toWave = ({ name, size, success, soak, manual }: Wave): ShownWave => ({
  name,
  size: size.by === 'devices' ? { by: 'devices', devices: [...size.devices] } : size,
  success,
  soakSeconds: toSeconds(soak),
  manual,
});

const fromWave = ({ name, size, success, soakSeconds, manual }: ShownWave): Wave => ({
  name,
  size: fromWaveSize(size),
  success,
  soak: soakSeconds * SECOND,
  manual,
});

/** The schema ties the word to the field; its type does not. */
const fromWaveSize = (size: ShownWave['size']): Wave['size'] => {
  if ('percent' in size) return { by: 'percent', percent: size.percent };
  if ('count' in size) return { by: 'count', count: size.count };
  return 'expression' in size
    ? { by: 'query', expression: size.expression }
    : { by: 'devices', devices: size.devices };
};

const toRollout = (rollout: Rollout): ShownRollout =>
  rollout.by === 'waves' ? { by: 'waves', waves: rollout.waves.map(toWave) } : rollout;

const fromRollout = (rollout: ShownRollout): Rollout => {
  if ('waves' in rollout) return { by: 'waves', waves: rollout.waves.map(fromWave) };
  if (!('perMinute' in rollout)) return { by: 'all' };
  const { perMinute, factor, every, most } = rollout;
  return { by: 'ramp', perMinute, factor, every, most };
};

type ShownRule = CampaignPlan['stopRules'][number];

const fromStopRule = ({ signal, scope, minimum, threshold, action, rollBackTo }: ShownRule): StopRule => ({
  signal,
  scope: 'attribute' in scope ? { by: 'attribute', attribute: scope.attribute } : { by: scope.by },
  minimum,
  threshold,
  action,
  rollBackTo: rollBackTo ?? null,
});

type ShownRetry = CampaignPlan['retry'];
type ShownTries = Pick<ShownRetry, 'attempts' | 'backOffSeconds'>;

const toTries = ({ attempts, backOff }: Pick<RetryPolicy, 'attempts' | 'backOff'>): ShownTries => ({
  attempts,
  backOffSeconds: toSeconds(backOff),
});

const fromTries = ({ attempts, backOffSeconds }: ShownTries): Pick<RetryPolicy, 'attempts' | 'backOff'> => ({
  attempts,
  backOff: backOffSeconds * SECOND,
});

const mapValues = <From, To>(
  classes: Readonly<Record<string, From | undefined>>,
  map: (value: From) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(
    Object.entries(classes).flatMap(([name, value]) => (value === undefined ? [] : [[name, map(value)]])),
  );

const toRetry = ({ classes, coolDown, ...usual }: RetryPolicy): ShownRetry => ({
  ...toTries(usual),
  classes: mapValues(classes, toTries),
  coolDownSeconds: toSeconds(coolDown),
});

const fromRetry = ({ classes = {}, coolDownSeconds = 0, ...usual }: ShownRetry): RetryPolicy => ({
  ...fromTries(usual),
  classes: mapValues(classes, fromTries),
  coolDown: coolDownSeconds * SECOND,
});

/** Present fields in the domain's words; absent ones stay absent. */
export const fromPlan = (body: CampaignPatch): PlanPatch => {
  const { endAt, download, install, retry, timeouts, target, ...others } = body;
  const { freezes, rollout, stopRules, ...same } = others;
  return {
    ...same,
    ...(target && { target: fromTarget(target) }),
    ...(endAt !== undefined && { endAt: fromMaybeInstant(endAt) }),
    ...(download && { download: fromTiming(download) }),
    ...(install && { install: fromTiming(install) }),
    ...(retry && { retry: fromRetry(retry) }),
    ...(timeouts && { timeouts: fromTimeouts(timeouts) }),
    ...(freezes && { freezes: fromFreezes(freezes) }),
    ...(rollout && { rollout: fromRollout(rollout) }),
    ...(stopRules && { stopRules: stopRules.map(fromStopRule) }),
  };
};

const fromTimeouts = (timeouts: CampaignPlan['timeouts']): Plan['timeouts'] => ({
  download: fromSeconds(timeouts.downloadSeconds),
  execution: fromSeconds(timeouts.executionSeconds),
  activation: fromSeconds(timeouts.activationSeconds),
});

const fromTarget = (target: NonNullable<CampaignPatch['target']>): NonNullable<PlanPatch['target']> =>
  'expression' in target
    ? {
        by: 'query',
        expression: target.expression,
        list: target.list ?? null,
        reevaluateSeconds: target.reevaluateSeconds,
      }
    : { by: 'hand' };

/** A plan as this wire writes it. */
export const toPlan = (plan: Plan): CampaignPlan => ({
  name: plan.name,
  description: plan.description,
  packages: [...plan.packages],
  target: plan.target,
  endAt: toMaybeInstant(plan.endAt),
  download: toTiming(plan.download),
  install: toTiming(plan.install),
  checkpoints: [...plan.checkpoints],
  concurrency: plan.concurrency,
  retry: toRetry(plan.retry),
  timeouts: {
    downloadSeconds: toMaybeSeconds(plan.timeouts.download),
    executionSeconds: toMaybeSeconds(plan.timeouts.execution),
    activationSeconds: toMaybeSeconds(plan.timeouts.activation),
  },
  endWhenComplete: plan.endWhenComplete,
  freezes: toFreezes(plan.freezes),
  rollout: toRollout(plan.rollout),
  budgets: plan.budgets.map(({ attribute, most }) => ({ attribute, most })),
  stopRules: plan.stopRules.map((rule) => ({ ...rule })),
  priority: plan.priority,
  order: plan.order,
  downgrades: plan.downgrades,
  settings: plan.settings,
});
