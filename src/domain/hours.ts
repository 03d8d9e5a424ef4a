import type { GateQuestion, Shut } from './gate.ts';
import { type Timing, timingOf, type Window } from './plan.ts';
import type { Phase } from './position.ts';
import { placeOf } from './share.ts';
import type { Instant } from './time.ts';
import { atOnce, nextOpening, type Place, spansAt, turnIn, turnOf } from './window.ts';

/** The windows that have to be open: one list, or one for each of two timings that rule at the same time. */
type Ruling = {
  readonly windows: readonly Window[];
  readonly others: readonly Window[];
  readonly spread: number;
  readonly notBefore: Instant;
};

const ofOne = ({ windows, spread, notBefore }: Timing): Ruling => ({
  windows,
  others: [],
  spread,
  notBefore: notBefore ?? 0,
});

const ofBoth = (a: Timing, b: Timing): Ruling => ({
  windows: a.windows.length > 0 ? a.windows : b.windows,
  others: a.windows.length > 0 ? b.windows : [],
  spread: Math.max(a.spread, b.spread),
  notBefore: Math.max(a.notBefore ?? 0, b.notBefore ?? 0),
});

/**
 * The hours in which a phase may begin: `window` outside of all windows, `spread` inside one before the turn of the
 * device. Both last until that turn.
 */
export const shutByHours = (question: GateQuestion, phase: Phase, now: Instant): Shut | undefined => {
  const { plan } = question.campaign;
  const both = question.together && phase === 'download';
  const ruling = both ? ofBoth(plan.download, plan.install) : ofOne(timingOf(plan, phase));
  if (ruling.windows.length === 0) return shutBySpread(question, ruling, now);
  if (ruling.others.length === 0) return shutByWindows(question, ruling, now);
  return shutByBoth(question, ruling, now);
};

/** Salted unlike the waves, or those of a small share would all have their turn at the beginning. */
const placeFor = ({ campaign, deviceId }: GateQuestion, { spread, notBefore }: Ruling): Place =>
  spread === 0 ? atOnce : { share: placeOf(`${campaign.id}/spread`, deviceId), spread, notBefore };

/** Without windows there is an opening only where nothing may begin before an instant. */
const shutBySpread = (question: GateQuestion, ruling: Ruling, now: Instant): Shut | undefined => {
  if (ruling.spread === 0 || ruling.notBefore === 0) return undefined;
  const { endAt } = question.campaign.plan;
  const turn = turnIn(ruling.notBefore, endAt ?? Number.POSITIVE_INFINITY, placeFor(question, ruling));
  return turn > now ? { rule: 'spread', until: turn } : undefined;
};

const shutByWindows = (question: GateQuestion, ruling: Ruling, now: Instant): Shut | undefined => {
  const { zone } = question;
  const turn = turnOf(ruling.windows, zone, placeFor(question, ruling), now);
  if (turn !== null && turn <= now) return undefined;
  const waits = ruling.spread > 0 && spansAt(ruling.windows, zone, now).length > 0;
  return { rule: waits ? 'spread' : 'window', until: turn };
};

/** The spread is over the time in which both are open. */
const shutByBoth = (question: GateQuestion, ruling: Ruling, now: Instant): Shut | undefined => {
  const { zone } = question;
  const { windows, others } = ruling;
  const opens = latest(turnOf(windows, zone, atOnce, now), turnOf(others, zone, atOnce, now));
  if (opens === null || opens > now) return { rule: 'window', until: opens };
  if (ruling.spread === 0) return undefined;
  const turn = turnInBoth(question, ruling, now);
  if (turn <= now) return undefined;
  // Another window that opens meanwhile may bring an earlier turn.
  const openings = [nextOpening(windows, zone, now), nextOpening(others, zone, now)];
  return { rule: 'spread', until: Math.min(turn, ...openings.filter((at) => at !== null)) };
};

/** The first turn in what spans of both, all of them open now, have in common. */
const turnInBoth = (question: GateQuestion, ruling: Ruling, now: Instant): Instant => {
  const place = placeFor(question, ruling);
  const others = spansAt(ruling.others, question.zone, now);
  let first = Number.POSITIVE_INFINITY;
  for (const a of spansAt(ruling.windows, question.zone, now)) {
    for (const b of others) {
      const turn = turnIn(Math.max(a.opens, b.opens), Math.min(a.closes, b.closes), place);
      first = Math.min(first, turn);
    }
  }
  return first;
};

const latest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? null : Math.max(a, b);
