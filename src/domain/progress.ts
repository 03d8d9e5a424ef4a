import type { Campaign } from './campaign.ts';
import type { Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import { ok, type Result, refused, unreachable } from './result.ts';
import { type Progress, type Tripped, wavesOf } from './rollout.ts';
import type { StopAction, StopRule } from './stop-rule.ts';
import { isScope } from './tally.ts';
import type { Instant } from './time.ts';

/** What moves a campaign on inside `running` and `paused`. */
export type ProgressCommand =
  /** The devices of each wave were counted. */
  | { readonly type: 'size-waves'; readonly sizes: readonly number[] }
  /** Enough devices of the wave succeeded: its soak begins. */
  | { readonly type: 'meet-wave'; readonly wave: number }
  /** The next wave may begin; `wave` is its number. */
  | { readonly type: 'open-wave'; readonly wave: number; readonly by: 'clock' | 'operator' }
  /** A stop rule fired: its number in the plan, and what it counted. */
  | {
      readonly type: 'trip';
      readonly rule: number;
      readonly scope: string;
      readonly closed: number;
      readonly hits: number;
    }
  | { readonly type: 'hold'; readonly scope: string }
  | { readonly type: 'release'; readonly scope: string };

export type ProgressEvent =
  | { readonly type: 'campaign-waves-sized'; readonly sizes: readonly number[] }
  | { readonly type: 'campaign-wave-met'; readonly wave: number }
  | { readonly type: 'campaign-wave-opened'; readonly wave: number }
  | {
      readonly type: 'campaign-rule-tripped';
      readonly rule: number;
      readonly scope: string;
      readonly closed: number;
      readonly hits: number;
      readonly action: StopAction;
    }
  | { readonly type: 'campaign-scope-held'; readonly scope: string }
  | { readonly type: 'campaign-scope-released'; readonly scope: string };

/** What follows a rule beside the note that it fired. */
type Consequence =
  | { readonly type: 'campaign-scope-held'; readonly scope: string }
  | { readonly type: 'campaign-paused' }
  | { readonly type: 'campaign-cancelled' };

type Decision = Result<readonly (ProgressEvent | Consequence)[], Refusal>;
type UnderWay = Extract<Campaign, { status: 'running' | 'paused' }>;

const nothing: Decision = ok([]);
const only = (event: ProgressEvent): Decision => ok([event]);

/** What the server notices by itself: by the time it does, the campaign may be over. */
const isNotice = ({ type }: ProgressCommand): boolean =>
  type === 'size-waves' || type === 'meet-wave' || type === 'trip';

/** What such a command makes of a campaign; only one that runs or is paused takes any. */
export const decideProgress = (campaign: Campaign, command: ProgressCommand, now: Instant): Decision => {
  const { status } = campaign;
  if (status !== 'running' && status !== 'paused') {
    return isNotice(command)
      ? nothing
      : refused({ code: 'campaign/wrong-state', action: command.type, status });
  }
  const { progress } = campaign;
  switch (command.type) {
    case 'size-waves':
      return JSON.stringify(progress.sizes) === JSON.stringify(command.sizes)
        ? nothing
        : only({ type: 'campaign-waves-sized', sizes: command.sizes });
    case 'meet-wave':
      return meet(campaign, command.wave, now);
    case 'open-wave':
      return open(campaign, command, now);
    case 'trip':
      return trip(campaign, command);
    case 'hold':
      if (!isScope(command.scope)) return refused(badScope(command.scope));
      return progress.held.includes(command.scope)
        ? nothing
        : only({ type: 'campaign-scope-held', scope: command.scope });
    case 'release':
      return progress.held.includes(command.scope)
        ? only({ type: 'campaign-scope-released', scope: command.scope })
        : nothing;
    default:
      return unreachable(command);
  }
};

const badScope = (scope: string): Refusal => ({
  code: 'invalid',
  field: 'scope',
  expected: 'a wave such as wave/0 or the value of an attribute such as attributes.site/north',
  got: JSON.stringify(scope),
});

/** Without a soak and without an operator to wait for, a running campaign goes on to the next wave at once. */
const meet = ({ status, plan, progress }: UnderWay, wave: number, now: Instant): Decision => {
  const current = wavesOf(plan.rollout)[progress.wave];
  if (current === undefined || wave !== progress.wave || progress.metAt !== null) return nothing;
  const met = { type: 'campaign-wave-met', wave } as const;
  const due = soakEnd(plan, { ...progress, metAt: now });
  return status === 'running' && due !== null && due <= now
    ? ok([met, { type: 'campaign-wave-opened', wave: wave + 1 }])
    : ok([met]);
};

const open = (
  { status, plan, policy, progress }: UnderWay,
  { wave, by }: Extract<ProgressCommand, { type: 'open-wave' }>,
  now: Instant,
): Decision => {
  const waves = wavesOf(plan.rollout);
  const current = waves[progress.wave];
  if (waves.length > 0 && wave <= progress.wave) return nothing;
  if (current === undefined || wave !== progress.wave + 1) {
    return refused({
      code: 'invalid',
      field: 'wave',
      expected:
        current === undefined ? 'a campaign with waves still to open' : `${progress.wave + 1}, the next`,
      got: `${wave}`,
    });
  }
  const opened = only({ type: 'campaign-wave-opened', wave });
  if (by === 'clock') {
    const due = soakEnd(plan, progress);
    return status === 'running' && due !== null && due <= now ? opened : nothing;
  }
  // Who could edit the plan without asking anybody may also go on early.
  const soaked = progress.metAt !== null && progress.metAt + current.soak <= now;
  if (soaked || policy === 'none') return opened;
  return refused({
    code: 'invalid',
    field: 'wave',
    expected: `a wave to follow one that met its condition and soaked, which wave ${progress.wave} has not`,
    got: `${wave}`,
  });
};

const trip = (
  campaign: UnderWay,
  { rule: number, scope, closed, hits }: Extract<ProgressCommand, { type: 'trip' }>,
): Decision => {
  const rule = campaign.plan.stopRules[number];
  if (rule === undefined) return nothing;
  const known = campaign.progress.tripped.find((one) => one.rule === number && one.scope === scope);
  if (known !== undefined && known.closed >= closed) return nothing;
  const { action } = rule;
  const tripped = { type: 'campaign-rule-tripped', rule: number, scope, closed, hits, action } as const;
  const more = consequenceOf(campaign, rule, scope);
  return ok(more === undefined ? [tripped] : [tripped, more]);
};

/** Rolling back begins with an end: no device may go on while others go back. */
const consequenceOf = (
  { status, progress }: UnderWay,
  { action }: StopRule,
  scope: string,
): Consequence | undefined => {
  switch (action) {
    case 'alert':
      return undefined;
    case 'hold':
      return progress.held.includes(scope) ? undefined : { type: 'campaign-scope-held', scope };
    case 'pause':
      return status === 'running' ? { type: 'campaign-paused' } : undefined;
    case 'abort':
    case 'roll-back':
      return { type: 'campaign-cancelled' };
    default:
      return unreachable(action);
  }
};

/** How far a campaign has come after an event that `decide` gave. */
export const evolveProgress = (progress: Progress, event: ProgressEvent, now: Instant): Progress => {
  switch (event.type) {
    case 'campaign-waves-sized':
      return { ...progress, sizes: event.sizes };
    case 'campaign-wave-met':
      return { ...progress, metAt: now };
    case 'campaign-wave-opened':
      return { ...progress, wave: event.wave, since: now, metAt: null };
    case 'campaign-rule-tripped':
      return { ...progress, tripped: [...progress.tripped.filter(isOther(event)), trippedBy(event, now)] };
    case 'campaign-scope-held':
      return { ...progress, held: [...progress.held, event.scope] };
    case 'campaign-scope-released':
      return { ...progress, held: progress.held.filter((scope) => scope !== event.scope) };
    default:
      return unreachable(event);
  }
};

type RuleTripped = Extract<ProgressEvent, { type: 'campaign-rule-tripped' }>;

const isOther =
  (event: RuleTripped) =>
  ({ rule, scope }: Tripped): boolean =>
    rule !== event.rule || scope !== event.scope;

const trippedBy = ({ rule, scope, closed, hits }: RuleTripped, now: Instant): Tripped => ({
  rule,
  scope,
  at: now,
  closed,
  hits,
});

/** When the next wave opens by itself; `null` while the condition is not met, or when an operator opens it. */
export const soakEnd = ({ rollout }: Plan, { wave, metAt }: Progress): Instant | null => {
  const current = wavesOf(rollout)[wave];
  return current === undefined || metAt === null || current.manual ? null : metAt + current.soak;
};

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** After an edit under way: what was counted for other rules or other waves no longer holds. */
export const replanned = (progress: Progress, was: Plan, now: Plan): Progress => {
  const tripped = differs(was.stopRules, now.stopRules) ? [] : progress.tripped;
  if (!differs(was.rollout, now.rollout)) return { ...progress, tripped };
  const wave = Math.min(progress.wave, wavesOf(now.rollout).length);
  return { ...progress, tripped, wave, metAt: null, sizes: [] };
};
