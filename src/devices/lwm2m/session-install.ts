import { deliver, hasPackage } from './session-delivery.ts';
import {
  EXECUTE_GRACE,
  fail,
  failAs,
  hasTarget,
  isVersion,
  note,
  progress,
  type Reading,
  step,
  tooLate,
  waitUntil,
} from './session-steps.ts';
import type { Readings, Session, Step } from './session-types.ts';

const MOST_EXECUTES = 3;
const MOST_ACTIVATIONS = 3;

/** Only after State 2 was read, and written down before it is sent (A1.12.6). */
const execute = (reading: Reading): Step => {
  const { session, readings, now } = reading;
  if (session.executes >= MOST_EXECUTES) {
    return fail(
      'install-failed',
      'the device has the package and does not install it',
      readings.result ?? null,
    );
  }
  return step(
    {
      ...session,
      stage: 'executing',
      executes: session.executes + 1,
      executedAt: now,
      resultBefore: readings.result ?? -1,
      deferred: false,
    },
    { do: 'observe' },
    { do: 'execute' },
  );
};

/** The device has the package, as far as is known, and the gate has given a phase. */
export const downloaded = (reading: Reading): Step => {
  const { session, order, readings, meaning, now } = reading;
  switch (readings.state) {
    case 'downloaded':
      return order.due === 'download' ? hasPackage(reading) : execute(reading);
    case 'downloading':
      if (session.before.state !== 'downloading') return waitUntil(session, now + reading.profile.pollEvery);
      return order.due === 'download' ? hasPackage(reading) : execute(reading);
    case 'updating':
    case 'installed':
      return step(
        { ...session, stage: 'executing', executedAt: now },
        progress('execution', 'running', 'updating'),
        { do: 'read' },
      );
    case 'idle':
      if (hasTarget(reading))
        return step({ ...session, stage: 'executing', executedAt: now }, { do: 'read' });
      if (meaning.is === 'failure' && readings.result !== session.before.result && session.executes > 0) {
        return failAs(meaning, readings.result);
      }
      // It has lost the package since: it is brought once more.
      return deliver(reading);
    case undefined:
      return waitUntil(session, now + reading.profile.pollEvery);
    default:
      return readings.state satisfies never;
  }
};

/** Execute was sent, or may have been: nothing is assumed of what came of it. */
export const execution = (reading: Reading): Step => {
  const { session, readings } = reading;
  switch (readings.state) {
    case 'idle':
      return verdict(reading);
    case 'installed':
      return verdict(reading);
    case 'downloaded':
      return hasNotBegun(reading);
    case 'downloading':
      if (session.before.state !== 'downloading') return goesOn(reading);
      // One that calls itself downloading when it is idle (A1.15) is told by its version.
      return hasTarget(reading) ? verdict(reading) : hasNotBegun(reading);
    case 'updating':
    case undefined:
      return goesOn(reading);
    default:
      return readings.state satisfies never;
  }
};

/** State 3 means that it installs or restarts, not that it is lost. */
export const goesOn = ({ session, now, profile }: Pick<Reading, 'session' | 'now' | 'profile'>): Step => {
  const deadline = session.executedAt + profile.installTimeout;
  if (now >= deadline) {
    const minutes = Math.round(profile.installTimeout / 60_000);
    return fail('phase-timed-out', `the device was not done ${minutes} minutes after it began to install`);
  }
  return waitUntil(session, deadline, now + profile.pollEvery);
};

const hasNotBegun = (reading: Reading): Step => {
  const { session, readings, meaning, now, profile } = reading;
  const { result } = readings;
  const isLate = now >= session.executedAt + EXECUTE_GRACE;
  if (meaning.is === 'deferred') {
    const again = session.executedAt + profile.deferral;
    // As often as it puts it off: that is not a failure of ours.
    if (now >= again) return execute({ ...reading, session: { ...session, executes: 0 } });
    const words = session.deferred ? [] : [note('deferred', result ?? null, 'the device has put it off')];
    return step({ ...session, deferred: true }, ...words, {
      do: 'wait',
      until: Math.min(again, now + profile.pollEvery),
    });
  }
  if (meaning.is === 'failure' && (result !== session.resultBefore || isLate)) return failAs(meaning, result);
  if (!isLate) return waitUntil(session, session.executedAt + EXECUTE_GRACE);
  return execute(reading);
};

/** Success is a result of 1 and the version (A1.12.8). */
const verdict = (reading: Reading): Step => {
  const { session, order, readings, meaning, profile } = reading;
  const { result, version } = readings;
  const isUnknown = order.target === '' || version === undefined || version === '';
  switch (meaning.is) {
    case 'success':
      if (isUnknown || isVersion(version, order.target) || profile.trustResult) return installed(session);
      return fail(
        'version-mismatch',
        `the device reported success and still runs ${version}, not ${order.target}`,
        result ?? null,
      );
    case 'failure':
      // A result that was there before says nothing of this installation, if the version does.
      if (hasTarget(reading) && result === session.resultBefore) return installed(session);
      return failAs(meaning, result);
    case 'deferred':
      return fail(
        'device-busy',
        'the device has put the installation off and forgotten the package',
        result ?? null,
      );
    case 'nothing':
      // Some do not keep the result over their restart.
      if (hasTarget(reading)) return installed(session);
      return fail(
        'unknown',
        `the device says nothing of the update and runs ${version ?? 'an unknown version'}`,
      );
    default:
      return meaning satisfies never;
  }
};

/** Software is there and does not run yet. */
export const isInactive = ({ state, active }: Readings): boolean => state === 'installed' && active === false;

/**
 * Software that is to stop while it is being installed, which nobody can: what comes of it is waited for. What is not
 * active then is taken away again; what is active runs.
 */
export const recalledSoftware = (reading: Reading): Step => {
  const { session, readings, meaning } = reading;
  if (readings.state === 'installed' || session.stage === 'installed') return tooLate(session);
  if (readings.state === 'idle') return verdict(reading);
  const isNews = meaning.is === 'failure' && readings.result !== session.resultBefore;
  return isNews ? failAs(meaning, readings.result) : goesOn(reading);
};

const installed = (session: Session): Step => step({ ...session, stage: 'installed' }, { do: 'read' });

/**
 * It is installed. Firmware runs by that, whatever has become of its campaign meanwhile; software that is not active yet
 * is activated when the gate says so.
 */
export const verified = ({ session, order, readings }: Reading): Step => {
  if (order.kind !== 'software' || readings.active !== false) {
    return step(session, progress('activation', 'complete', 'succeeded'), { do: 'ask' });
  }
  if (order.due !== 'activation') {
    return step(session, progress('execution', 'complete', 'installed'), { do: 'ask' });
  }
  if (session.activations >= MOST_ACTIVATIONS) {
    return fail('activation-failed', 'the device took the order to activate the software and did not');
  }
  return step({ ...session, activations: session.activations + 1 }, { do: 'activate' });
};
