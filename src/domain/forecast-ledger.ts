import { wasDelivered } from './position.ts';
import { minuteScope, type TalliesByScope, type Tally, tallyOf } from './tally.ts';
import { type Instant, MINUTE } from './time.ts';
import type { Outcome, Update } from './update.ts';

/** What a played campaign has counted, kept with each move of an update as the store does. */
export type Ledger = {
  readonly tallies: TalliesByScope;
  /** When updates succeeded, in order. */
  readonly successes: readonly Instant[];
  readonly outcomes: ReadonlyMap<Outcome, number>;
  /** The instant of the last move that closed an update; 0 before that. */
  readonly lastClosed: () => Instant;
  readonly peaks: () => { readonly inProgress: number; readonly startsPerMinute: number };
  /** Counts an update as it was when the play began. */
  readonly load: (update: Update, at: Instant) => void;
  readonly move: (was: Update, is: Update, at: Instant) => void;
};

type Counts = Partial<Record<Tally, number>>;

const MINUTES = minuteScope(0).slice(0, -1);
const isMinute = (scope: string): boolean => scope.startsWith(MINUTES);

const isBusy = (update: Update): boolean => update.status === 'open' && wasDelivered(update.position);

export const newLedger = (): Ledger => {
  const tallies = new Map<string, Counts>();
  const outcomes = new Map<Outcome, number>();
  const successes: Instant[] = [];
  let lastMinute = '';
  let lastClosed = 0;
  let busy = 0;
  let mostBusy = 0;
  let minute = 0;
  let starts = 0;
  let mostStarts = 0;

  const count = (scope: string, tally: Tally, by: number): void => {
    const there = tallies.get(scope);
    if (there === undefined) tallies.set(scope, { [tally]: by });
    else there[tally] = (there[tally] ?? 0) + by;
  };
  const countStart = (scope: string): void => {
    // Only the present minute is ever asked for.
    if (isMinute(scope) && scope !== lastMinute) {
      tallies.delete(lastMinute);
      lastMinute = scope;
    }
    count(scope, 'started', 1);
  };
  const countIn = (scopes: readonly string[], tally: Tally | undefined, by: number): void => {
    if (tally === undefined) return;
    for (const scope of scopes) if (!isMinute(scope)) count(scope, tally, by);
  };
  const start = (at: Instant): void => {
    const now = Math.floor(at / MINUTE);
    starts = now === minute ? starts + 1 : 1;
    minute = now;
    mostStarts = Math.max(mostStarts, starts);
  };
  const occupy = (by: number): void => {
    busy += by;
    mostBusy = Math.max(mostBusy, busy);
  };
  const close = (update: Update, at: Instant): void => {
    if (update.status === 'open') return;
    outcomes.set(update.outcome, (outcomes.get(update.outcome) ?? 0) + 1);
    if (update.outcome === 'succeeded') successes.push(at);
  };

  return {
    tallies,
    successes,
    outcomes,
    lastClosed: () => lastClosed,
    peaks: () => ({ inProgress: mostBusy, startsPerMinute: mostStarts }),
    load: (update, at) => {
      const scopes = update.admission?.scopes ?? [];
      for (const scope of scopes) if (!isMinute(scope)) count(scope, 'started', 1);
      countIn(scopes, tallyOf(update), 1);
      if (isBusy(update)) occupy(1);
      close(update, at);
    },
    move: (was, is, at) => {
      const scopes = is.admission?.scopes ?? [];
      if (was.admission === null) for (const scope of scopes) countStart(scope);
      const [before, after] = [tallyOf(was), tallyOf(is)];
      if (before !== after) {
        countIn(scopes, before, -1);
        countIn(scopes, after, 1);
      }
      const [wasBusy, busyNow] = [isBusy(was), isBusy(is)];
      if (busyNow && !wasBusy) start(at);
      if (busyNow !== wasBusy) occupy(busyNow ? 1 : -1);
      if (is.status === 'open') return;
      lastClosed = at;
      close(is, at);
    },
  };
};
