import { firstProblem, invalid, type Problem } from './invalid.ts';
import type { Plan, Timing, Tries, Window } from './plan.ts';
import { rolloutProblem } from './rollout-problem.ts';
import { stopRuleProblem } from './stop-rule-problem.ts';
import { HOUR, type Instant } from './time.ts';
import { atOnce, turnOf } from './window.ts';

const windowProblem = (window: Window, field: string): Problem => {
  if (window.days.length === 0) return invalid(`${field}.days`, 'at least one weekday', window.days);
  if (new Set(window.days).size < window.days.length) {
    return invalid(`${field}.days`, 'each weekday once', window.days);
  }
  if (window.from === window.to || (window.from === 1440 && window.to === 0)) {
    return invalid(`${field}.to`, 'another minute than from; 0 to 1440 is the whole day', window.to);
  }
  return undefined;
};

/** No zone is further ahead of UTC, and none further behind. */
const AHEAD = 14 * HOUR;
const BEHIND = 12 * HOUR;

/** Whether there is a zone in which a window holds an instant of `[from, to)`. */
const meets = (window: Window, from: Instant, to: Instant): boolean => {
  const [first, last] = window.zone === 'utc' ? [from, to] : [from - BEHIND, to + AHEAD];
  const turn = turnOf([{ ...window, zone: 'utc' }], 'UTC', atOnce, first);
  return turn !== null && turn < last;
};

const timingProblem = (plan: Plan, field: 'download' | 'install', now: Instant): Problem => {
  const timing: Timing = plan[field];
  const { notBefore, windows, spread } = timing;
  const { endAt } = plan;
  if (endAt !== null && notBefore !== null && notBefore >= endAt) {
    return invalid(`${field}.notBefore`, 'an instant before endAt', notBefore);
  }
  if (spread > 0 && windows.length === 0 && notBefore === null) {
    return invalid(`${field}.spread`, '0, or windows or a notBefore to spread devices after', spread);
  }
  const problem = firstProblem(windows, (window, index) =>
    windowProblem(window, `${field}.windows.${index}`),
  );
  if (problem !== undefined || endAt === null || windows.length === 0) return problem;
  const from = Math.max(now, notBefore ?? now);
  return windows.some((window) => meets(window, from, endAt))
    ? undefined
    : invalid(
        `${field}.windows`,
        'a window that opens between notBefore and endAt; none of these does',
        windows,
      );
};

/** Whether freezes leave nothing of `[from, to)`. */
const covers = ({ freezes }: Plan, from: Instant, to: Instant): boolean => {
  const inOrder = [...freezes].sort((a, b) => a.from - b.from);
  const reached = inOrder.reduce((at, freeze) => (freeze.from <= at ? Math.max(at, freeze.to) : at), from);
  return reached >= to;
};

const freezeProblem = (plan: Plan, now: Instant): Problem => {
  const { freezes, endAt, download } = plan;
  const problem = firstProblem(freezes, ({ from, to }, index) =>
    to > from ? undefined : invalid(`freezes.${index}.to`, 'an instant after from', to),
  );
  if (problem !== undefined || endAt === null) return problem;
  const begins = Math.max(now, download.notBefore ?? now);
  return covers(plan, begins, endAt)
    ? invalid('freezes', 'some time between notBefore and endAt without a freeze; these leave none', freezes)
    : undefined;
};

const triesProblem = ({ attempts, backOff }: Tries, field: string): Problem => {
  if (attempts < 1) return invalid(`${field}.attempts`, 'at least 1, which is exactly once', attempts);
  return backOff < 0 ? invalid(`${field}.backOff`, 'no less than 0', backOff) : undefined;
};

const retryProblem = ({ retry }: Plan): Problem => {
  const problem = firstProblem(Object.entries(retry.classes), ([name, tries]) =>
    triesProblem(tries, `retry.classes.${name}`),
  );
  if (problem !== undefined) return problem;
  if (retry.coolDown < 0) return invalid('retry.coolDown', 'no less than 0', retry.coolDown);
  return triesProblem(retry, 'retry');
};

const paceProblem = ({ budgets, priority }: Plan): Problem => {
  if (priority < 0 || priority > 100) return invalid('priority', 'a number from 0 to 100', priority);
  const names = budgets.map(({ attribute }) => attribute);
  if (new Set(names).size < names.length) return invalid('budgets', 'each attribute once', names);
  return firstProblem(budgets, ({ attribute, most }, index) => {
    if (attribute === '') return invalid(`budgets.${index}.attribute`, 'the name of an attribute', attribute);
    return most < 1 ? invalid(`budgets.${index}.most`, 'at least 1 device', most) : undefined;
  });
};

/** What is wrong with a plan beyond the types of its fields, or `undefined`. */
export const planProblem = (plan: Plan, now: Instant): Problem => {
  if (plan.name.trim() === '') return invalid('name', 'a name', plan.name);
  if (new Set(plan.packages).size < plan.packages.length) {
    return invalid('packages', 'each package once', plan.packages);
  }
  if (plan.endAt !== null && plan.endAt <= now) return invalid('endAt', 'an instant ahead', plan.endAt);
  return (
    timingProblem(plan, 'download', now) ??
    timingProblem(plan, 'install', now) ??
    freezeProblem(plan, now) ??
    retryProblem(plan) ??
    paceProblem(plan) ??
    rolloutProblem(plan.rollout) ??
    stopRuleProblem(plan)
  );
};
