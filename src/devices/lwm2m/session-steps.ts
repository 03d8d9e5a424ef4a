import type { DeviceReport } from '../../app/check-in.ts';
import type { Reason } from '../../domain/outcome.ts';
import type { Phase } from '../../domain/position.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
import { compareVersions } from '../../domain/version.ts';
import type { Meaning } from './results.ts';
import type { Action, Order, Readings, Reset, Session, Step, Surrounding } from './session-types.ts';

/** What `decide` looks at: a device that was read, under an order. */
export type Reading = Surrounding & {
  readonly session: Session;
  readonly order: Order;
  readonly readings: Readings;
  readonly meaning: Meaning;
};

const none = { version: '', result: -1, state: 'unknown' } as const;

/** A device with nothing to do. */
export const idleSession: Session = {
  stage: 'idle',
  attempt: '',
  journey: '',
  brought: '',
  since: 0,
  before: none,
  resets: 0,
  way: null,
  refused: [],
  offers: 0,
  sent: false,
  from: 0,
  fromAt: 0,
  executes: 0,
  executedAt: 0,
  resultBefore: -1,
  deferred: false,
  activations: 0,
  slot: -1,
};

export const step = (session: Session, ...actions: readonly Action[]): Step => ({ session, actions });

export const waitUntil = (session: Session, ...instants: readonly Instant[]): Step =>
  step(session, { do: 'wait', until: Math.min(...instants) });

/** Until the next look; a notification or a registration comes earlier as a rule. */
export const poll = (session: Session, { profile, now }: Surrounding): Step =>
  waitUntil(session, now + profile.pollEvery);

const say = (said: DeviceReport, word: string, code: number | null, line: string): Action => ({
  do: 'report',
  said,
  word,
  code,
  lines: line === '' ? [] : [line],
});

export const progress = (phase: Phase, to: 'running' | 'complete', word: string): Action =>
  say({ type: 'progress', phase, step: to }, word, null, '');

export const note = (word: string, code: number | null, line: string): Action =>
  say({ type: 'note' }, word, code, line);

/** The attempt is over; what follows is the retry policy's word. */
export const fail = (reason: Reason, message: string, code: number | null = null): Step =>
  step(
    idleSession,
    say({ type: 'failure', reason, message, undoes: false }, 'failed', code, message),
    { do: 'unobserve' },
    { do: 'ask' },
  );

export const failAs = (meaning: Extract<Meaning, { is: 'failure' }>, code: number | undefined): Step =>
  fail(meaning.reason, meaning.message, code ?? null);

/** The device has forgotten the package, or never had it. */
export const stopped = (): Step =>
  step(
    idleSession,
    say(
      { type: 'stop', answer: 'stopped', message: 'the device was told to forget the package' },
      'stopped',
      null,
      '',
    ),
    { do: 'unobserve' },
    { do: 'ask' },
  );

/** It is too late to stop (A1.12.9). */
export const tooLate = (session: Session): Step => {
  const message = 'too late: the device is installing already';
  return step(session, say({ type: 'stop', answer: 'refused', message }, 'too-late', null, message), {
    do: 'ask',
  });
};

export const isVersion = (version: string | undefined, target: string): boolean =>
  target !== '' && version !== undefined && version !== '' && compareVersions(version, target) === 0;

/** It runs what it is to run, which it did not before. */
export const hasTarget = ({ session, order, readings }: Reading): boolean =>
  isVersion(readings.version, order.target) && !isVersion(session.before.version, order.target);

/** Ways to make a device forget a package, in the order in which they are tried (A1.12.2, A1.14). */
export const resetsOf = ({ order, readings }: Pick<Reading, 'order' | 'readings'>): readonly Reset[] => {
  if (order.kind === 'software') return ['uninstall'];
  return readings.cancels ? ['cancel', 'empty-uri', 'nul-package'] : ['empty-uri', 'nul-package'];
};

/** After Execute a device that shows no sign of it is looked at once more after so long. */
export const EXECUTE_GRACE = 10 * SECOND;
