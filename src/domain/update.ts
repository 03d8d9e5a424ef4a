import type { Outcome, Reason } from './outcome.ts';
import {
  entryOf,
  failingPhase,
  isResetting,
  nextPhase,
  type Phase,
  type Position,
  pathTo,
  phaseOf,
  rank,
  type Step,
  wasDelivered,
} from './position.ts';
import type { Refusal } from './refusal.ts';
import { ok, type Result, refused, unreachable } from './result.ts';
import type { Admission } from './tally.ts';
import { hasBegun, type Instant, isOver } from './time.ts';
import type { Aftermath, OpenUpdate, Update, UpdateCommand, UpdateEvent } from './update-state.ts';

export { type Outcome, outcomes, type Reason, reasons } from './outcome.ts';
export {
  type Aftermath,
  type OpenUpdate,
  type Queue,
  queues,
  type Recall,
  type Update,
  type UpdateCommand,
  type UpdateEvent,
} from './update-state.ts';

type Decision = Result<readonly UpdateEvent[], Refusal>;

const nothing: Decision = ok([]);
const moved = (to: Position): UpdateEvent => ({ type: 'update-moved', to });
const closed = (
  outcome: Outcome,
  reason: Reason,
  message: string,
  counted: Admission | null = null,
): UpdateEvent => ({
  type: 'update-closed',
  outcome,
  reason,
  message,
  ...(counted === null ? {} : { counted }),
});

/** Who was let in is counted there already. */
const countedIn = ({ admission }: OpenUpdate, counted: Admission | null | undefined): Admission | null =>
  admission === null ? (counted ?? null) : null;

/** A device's first journey, or another one that may not begin before an instant. */
export const newUpdate = (now: Instant, generation = 1, notBefore: Instant = 0): OpenUpdate => ({
  status: 'open',
  position: 'pending',
  since: now,
  attempt: 1,
  notBefore,
  slots: {},
  packages: null,
  generation,
  admission: null,
  recall: null,
  queue: 'none',
});

const wrongStep = (update: Update, command: UpdateCommand): Decision =>
  refused({ code: 'update/wrong-step', command: command.type, position: update.position });

/**
 * What a command makes of an update. Repeats, and reports older than what is known, change nothing and are
 * no error; only `close` and repeats are accepted by a closed update.
 */
export const decide = (update: Update, command: UpdateCommand, now: Instant): Decision => {
  if (update.status === 'closed') return decideClosed(update, command);
  switch (command.type) {
    case 'check-in':
      return update.position === 'pending' ? ok([moved('inventoried')]) : nothing;
    case 'advance':
      return advance(update, command, now);
    case 'schedule':
      return schedule(update, command);
    case 'deliver':
      return deliver(update, command);
    case 'report':
      return report(update, command);
    case 'report-failure':
      if (isResetting(update.position)) return nothing;
      return fail(update, command, closed('failed', command.reason, command.message), command.aftermath);
    case 'report-reset':
      return reset(update, command);
    case 'reject':
      return ok([closed('rejected', 'device-rejected', command.message, countedIn(update, command.counted))]);
    case 'time-out':
      if (isResetting(update.position) && update.since >= now) return nothing;
      return fail(
        update,
        command,
        closed('timed-out', command.reason ?? 'phase-timed-out', command.message),
        command.aftermath,
      );
    case 'queue':
      if (wasDelivered(update.position) || update.queue === command.queue) return nothing;
      return ok([{ type: 'update-queued', queue: command.queue }]);
    case 'set-packages':
      if (wasDelivered(update.position)) return wrongStep(update, command);
      if (sameIds(update.packages, command.packages)) return nothing;
      return ok([{ type: 'update-packages-set', packages: command.packages }]);
    case 'recall':
      return recall(update, command);
    case 'answer-recall':
      return answerRecall(update, command);
    case 'close':
      return ok([
        closed(command.outcome, command.reason, command.message, countedIn(update, command.counted)),
      ]);
    default:
      return unreachable(command);
  }
};

const decideClosed = (update: Extract<Update, { status: 'closed' }>, command: UpdateCommand): Decision => {
  const gone = refused<Refusal>({ code: 'update/closed', outcome: update.outcome });
  switch (command.type) {
    case 'check-in':
    case 'advance':
    case 'queue':
    case 'recall':
    case 'close':
      return nothing;
    case 'answer-recall':
      return command.answer === 'stopped' && update.outcome !== 'succeeded' ? nothing : gone;
    case 'report':
      return rank(update.position) >= rank(`${command.phase}-${command.step}`) ? nothing : gone;
    case 'report-failure':
      return update.outcome === 'failed' ? nothing : gone;
    case 'time-out':
      return update.outcome === 'timed-out' ? nothing : gone;
    case 'report-reset':
      return update.position === (command.step === 'complete' ? 'reset' : 'reset-failed') ? nothing : gone;
    case 'reject':
      return update.outcome === 'rejected' ? nothing : gone;
    case 'schedule':
    case 'deliver':
    case 'set-packages':
      return gone;
    default:
      return unreachable(command);
  }
};

const sameIds = (a: readonly string[] | null, b: readonly string[] | null): boolean =>
  a === b || (a !== null && b !== null && a.length === b.length && a.every((id, index) => id === b[index]));

const advance = (
  update: OpenUpdate,
  command: Extract<UpdateCommand, { type: 'advance' }>,
  now: Instant,
): Decision => {
  const phase = nextPhase(update.position);
  if (phase === undefined || update.position === 'pending' || update.recall !== null) return nothing;
  const to: Position = `${phase}-${stepTowards(update, phase, command, now)}`;
  return to === update.position ? nothing : ok([moved(to)]);
};

/** One step at a time, so that every waiting state is seen by whoever follows the update. */
const stepTowards = (
  update: OpenUpdate,
  phase: Phase,
  { checkpoint, gateOpen }: { checkpoint: boolean; gateOpen: boolean },
  now: Instant,
): Step => {
  const slot = update.slots[phase];
  const usable = slot !== undefined && !isOver(slot, now);
  if (checkpoint && !usable) return 'awaiting-approval';
  if (update.position === `${phase}-awaiting-approval`) return 'scheduled';
  const waits = usable && !hasBegun(slot, now);
  return gateOpen && !waits ? 'ready' : 'scheduled';
};

const schedule = (update: OpenUpdate, command: Extract<UpdateCommand, { type: 'schedule' }>): Decision => {
  const { phase, slot } = command;
  if (slot.end !== null && slot.end <= slot.begin) {
    return refused({ code: 'invalid', field: 'end', expected: 'an instant after begin', got: `${slot.end}` });
  }
  if (rank(update.position) >= rank(`${phase}-running`)) return wrongStep(update, command);
  const before = update.slots[phase];
  const same = before !== undefined && before.begin === slot.begin && before.end === slot.end;
  const set: UpdateEvent[] = same ? [] : [{ type: 'update-slot-set', phase, slot }];
  const waits = update.position === `${phase}-awaiting-approval` || update.position === `${phase}-ready`;
  if (!waits || update.recall !== null || (same && update.position === `${phase}-ready`)) return ok(set);
  return ok([...set, moved(`${phase}-scheduled`)]);
};

const deliver = (update: OpenUpdate, command: Extract<UpdateCommand, { type: 'deliver' }>): Decision => {
  const at = phaseOf(update.position);
  if (at?.step === 'running') return nothing;
  if (at?.step !== 'ready') return wrongStep(update, command);
  if (update.recall !== null) return nothing;
  const freeze: UpdateEvent[] =
    at.phase === 'download' && update.packages === null
      ? [{ type: 'update-packages-set', packages: command.packages }]
      : [];
  const admitted: UpdateEvent[] =
    at.phase === 'download' && update.admission === null && command.admission !== null
      ? [{ type: 'update-admitted', ...command.admission }]
      : [];
  return ok([...freeze, ...admitted, moved(`${at.phase}-running`)]);
};

const report = (update: OpenUpdate, command: Extract<UpdateCommand, { type: 'report' }>): Decision => {
  const target: Position = `${command.phase}-${command.step}`;
  if (rank(target) <= rank(update.position)) return nothing;
  if (rank(update.position) < rank('download-ready')) return wrongStep(update, command);
  const events = pathTo(update.position, target).map(moved);
  return ok(target === 'activation-complete' ? [...events, closed('succeeded', 'none', '')] : events);
};

/** Nothing was handed out since the failure that is being retried, so a failure now is that one told again. */
export const awaitsRetry = ({ attempt, notBefore, since, position }: OpenUpdate): boolean => {
  const step = phaseOf(position)?.step;
  return attempt > 1 && notBefore >= since && step !== 'ready' && step !== 'running';
};

const fail = (
  update: OpenUpdate,
  command: UpdateCommand,
  closing: UpdateEvent,
  aftermath: Aftermath,
): Decision => {
  if (isResetting(update.position)) return ok([moved('reset-failed'), closing]);
  if (awaitsRetry(update)) return nothing;
  const phase = failingPhase(update.position);
  if (phase === undefined) return wrongStep(update, command);
  const failed = moved(`${phase}-failed`);
  switch (aftermath.do) {
    case 'close':
      return ok([failed, closing]);
    case 'reset':
      return ok([failed, moved('resetting')]);
    case 'retry':
      // Who is asked to stop is not asked to try again.
      if (update.recall !== null) return ok([failed, closing]);
      return ok([failed, { type: 'update-retried', to: entryOf(phase), notBefore: aftermath.notBefore }]);
    default:
      return unreachable(aftermath);
  }
};

const recall = (
  update: OpenUpdate,
  { outcome, reason, message }: Extract<UpdateCommand, { type: 'recall' }>,
): Decision => {
  if (!wasDelivered(update.position)) return ok([closed(outcome, reason, message)]);
  return update.recall === null ? ok([{ type: 'update-recalled', outcome, reason, message }]) : nothing;
};

const answerRecall = (
  update: OpenUpdate,
  command: Extract<UpdateCommand, { type: 'answer-recall' }>,
): Decision => {
  if (update.recall === null) {
    // Told twice, perhaps; that it stopped without being asked is for its own report to say.
    return command.answer === 'refused' && wasDelivered(update.position)
      ? nothing
      : wrongStep(update, command);
  }
  const { outcome, reason, message } = update.recall;
  return command.answer === 'stopped'
    ? ok([closed(outcome, reason, message)])
    : ok([{ type: 'update-recall-refused', message: command.message }]);
};

const reset = (update: OpenUpdate, command: Extract<UpdateCommand, { type: 'report-reset' }>): Decision => {
  if (update.position !== 'resetting') return wrongStep(update, command);
  return command.step === 'complete'
    ? ok([moved('reset'), closed('failed', 'install-failed', 'the device went back to its former version')])
    : ok([moved('reset-failed'), closed('failed', 'install-failed', 'the reset failed too')]);
};

/** The update after an event that `decide` gave. Total: an event on a closed update leaves it closed. */
export const evolve = (update: Update, event: UpdateEvent, now: Instant): Update => {
  if (update.status === 'closed') return update;
  switch (event.type) {
    case 'update-moved':
      return { ...update, position: event.to, since: now, queue: 'none' };
    case 'update-queued':
      return { ...update, queue: event.queue };
    case 'update-slot-set':
      return { ...update, slots: { ...update.slots, [event.phase]: event.slot } };
    case 'update-packages-set':
      return { ...update, packages: event.packages };
    case 'update-admitted':
      return { ...update, admission: { wave: event.wave, scopes: event.scopes } };
    case 'update-retried':
      return {
        ...update,
        position: event.to,
        since: now,
        queue: 'none',
        attempt: update.attempt + 1,
        notBefore: Math.max(event.notBefore, now),
      };
    case 'update-recalled':
      return { ...update, recall: { outcome: event.outcome, reason: event.reason, message: event.message } };
    case 'update-recall-refused':
      return { ...update, recall: null };
    case 'update-closed':
      return close(update, event, now);
    default:
      return unreachable(event);
  }
};

const close = (
  { position, attempt, slots, packages, generation, admission }: OpenUpdate,
  { outcome, reason, message, counted }: Extract<UpdateEvent, { type: 'update-closed' }>,
  now: Instant,
): Update => ({
  status: 'closed',
  position,
  since: now,
  attempt,
  slots,
  packages,
  generation,
  admission: admission ?? counted ?? null,
  outcome,
  reason,
  message,
});

/** When the clock alone may move an open update on: its slot begins, or ends unused; `null` when nothing is ahead. */
export const clockDue = (update: Update): Instant | null => {
  const at = phaseOf(update.position);
  const slot = update.status === 'open' && at !== undefined ? update.slots[at.phase] : undefined;
  if (slot === undefined) return null;
  if (at?.step === 'scheduled') return slot.begin;
  return at?.step === 'ready' ? slot.end : null;
};

/** All events of a decision applied in turn. */
export const evolveAll = (update: Update, events: readonly UpdateEvent[], now: Instant): Update =>
  events.reduce((state, event) => evolve(state, event, now), update);
