import { meaningOf } from './results.ts';
import { deliver, transfer, waysOf, withoutWay } from './session-delivery.ts';
import { downloaded, execution, goesOn, isInactive, recalledSoftware, verified } from './session-install.ts';
import {
  fail,
  idleSession,
  isVersion,
  poll,
  type Reading,
  resetsOf,
  step,
  stopped,
  tooLate,
  waitUntil,
} from './session-steps.ts';
import type { Input, Order, Readings, Session, Step, Surrounding } from './session-types.ts';

export { idleSession } from './session-steps.ts';

/**
 * What comes next in an attempt at a device, by the algorithm of A1.12 for objects 5 and 9. State and result are read
 * before every step and never assumed. `order` is the gate's latest answer.
 */
export const next = (
  session: Session,
  input: Input,
  around: Surrounding & { readonly order: Order | undefined },
): Step => afterwards(session, react(session, input, around));

/** Another try of the journey need not bring the package again: the device may have kept it. */
const afterwards = ({ brought, before, slot }: Session, made: Step): Step => {
  const hasFailed = made.actions.some((action) => action.do === 'report' && action.said.type === 'failure');
  return hasFailed && brought !== ''
    ? { ...made, session: { ...made.session, brought, before, slot } }
    : made;
};

const react = (
  session: Session,
  input: Input,
  around: Surrounding & { readonly order: Order | undefined },
): Step => {
  switch (input.type) {
    case 'look':
      return step(session, { do: 'ask' });
    case 'order':
      return obey(session, input);
    case 'read': {
      const { order } = around;
      return order === undefined
        ? step(session, { do: 'ask' })
        : look(session, input.readings, { ...around, order });
    }
    case 'silent':
      return isSilent(session, input.offset, around);
    case 'answered':
      return hasAnswered(session, input, around);
    default:
      return input satisfies never;
  }
};

const obey = (session: Session, { order, until }: Extract<Input, { type: 'order' }>): Step => {
  if (order === undefined) {
    const rest = { do: 'wait', until } as const;
    if (session.stage !== 'idle') return step(idleSession, { do: 'unobserve' }, rest);
    return step(session.brought === '' ? session : idleSession, rest);
  }
  if (order.due === undefined && !order.recalled) return step(session, { do: 'wait', until });
  return step(
    session.attempt === order.attempt && session.stage !== 'idle' ? session : begin(session, order),
    {
      do: 'read',
    },
  );
};

/** Another try of the same journey goes on with what the one before has brought to the device. */
const begin = (was: Session, { attempt, journey, due }: Order): Session => {
  const isOurs = was.brought === journey;
  const stage = isOurs && due !== 'download' ? 'downloaded' : 'fresh';
  const kept = isOurs ? { brought: was.brought, before: was.before, slot: was.slot } : {};
  return { ...idleSession, ...kept, stage, attempt, journey };
};

const look = (known: Session, readings: Readings, around: Surrounding & { readonly order: Order }): Step => {
  const { order } = around;
  const session = { ...known, ...firstSeen(known, readings) };
  const reading: Reading = { ...around, session, readings, meaning: meaningOf(order.kind, readings.result) };
  if (order.recalled) return recalled(reading);
  switch (session.stage) {
    case 'idle':
      return step(session, { do: 'ask' });
    case 'fresh':
      return fresh(reading);
    case 'settling':
      return settling(reading);
    case 'transferring':
      return transfer(reading);
    case 'downloaded':
      return downloaded(reading);
    case 'executing':
      return execution(reading);
    case 'installed':
      return verified(reading);
    case 'stopping':
      // Nobody wants it to stop any more.
      return fresh({ ...reading, session: { ...session, stage: 'fresh', resets: 0 } });
    default:
      return session.stage satisfies never;
  }
};

/** What is kept of the first reading of an attempt. */
const firstSeen = (
  { before, slot }: Session,
  { version, result, state, slot: read }: Readings,
): Partial<Session> => ({
  ...(before.state === 'unknown' && {
    before: { version: version ?? '', result: result ?? -1, state: state ?? 'unknown' },
  }),
  ...(slot === -1 && read !== undefined && { slot: read }),
});

/** Nothing was written in this attempt: whatever is there is somebody else's. */
const fresh = (reading: Reading): Step => {
  const { session, order, readings } = reading;
  const runs = order.kind === 'firmware' || readings.state === 'installed';
  if (runs && !order.again && isVersion(readings.version, order.target)) {
    return step({ ...session, stage: 'installed' }, { do: 'read' });
  }
  if (readings.state === undefined) {
    const object = order.kind === 'firmware' ? 'Firmware Update' : 'Software Management';
    return fail('unsupported', `the device has no ${object} object that can be read`);
  }
  return settling(reading);
};

/** A leftover of an earlier attempt is reset, one way after the other; an installation that runs is waited for. */
const settling = (reading: Reading): Step => {
  const { session, readings } = reading;
  if (readings.state === undefined || readings.state === 'updating') return poll(session, reading);
  if (readings.state === 'idle') return clean(reading);
  const reset = resetsOf(reading)[session.resets];
  if (reset !== undefined) {
    return step({ ...session, stage: 'settling', resets: session.resets + 1 }, { do: 'reset', by: reset });
  }
  // Some call themselves downloading when they are idle (A1.15).
  if (readings.state === 'downloading' && waysOf(reading).length > 0) {
    return deliver({
      ...reading,
      session: { ...session, before: { ...session.before, state: 'downloading' } },
    });
  }
  return fail('device-busy', 'the device keeps a package of an earlier update and does not forget it');
};

/** A result of before is wiped out, so that the next one is known to be of this attempt; Cancel leaves one too. */
const clean = (reading: Reading): Step => {
  const { session, order, readings } = reading;
  const result = readings.result ?? -1;
  if (order.kind === 'firmware' && result > 0 && session.resets === 0) {
    const by = readings.method === 1 ? 'nul-package' : 'empty-uri';
    return step({ ...session, stage: 'settling', resets: 1 }, { do: 'reset', by });
  }
  return deliver({ ...reading, session: { ...session, before: { ...session.before, result } } });
};

const recalled = (reading: Reading): Step => {
  const { session, readings } = reading;
  const { stage } = session;
  if (stage === 'fresh' || stage === 'idle') return stopped();
  if (stage === 'executing' || stage === 'installed') {
    if (reading.order.kind === 'firmware') return tooLate(session);
    if (!isInactive(readings)) return recalledSoftware(reading);
  }
  if (readings.state === 'updating')
    return tooLate({ ...session, stage: 'executing', executedAt: reading.now });
  if (readings.state === undefined) return poll(session, reading);
  const stopping: Session = stage === 'stopping' ? session : { ...session, stage: 'stopping', resets: 0 };
  // A device that took a URI may be about to begin.
  const mayBegin = stopping.resets === 0 && session.way !== null;
  if (readings.state === 'idle' && !mayBegin) return stopped();
  const reset = resetsOf(reading)[stopping.resets];
  return reset === undefined
    ? stopped()
    : step({ ...stopping, resets: stopping.resets + 1 }, { do: 'reset', by: reset });
};

/** It is asleep or away; what was begun goes on at its next sign of life. */
const isSilent = (session: Session, offset: number, around: Surrounding): Step => {
  const { now } = around;
  if (session.stage === 'executing') return goesOn({ ...around, session });
  if (session.stage !== 'transferring' || session.way !== 'push' || session.sent)
    return poll(session, around);
  // What moved on is not a try that was in vain.
  const moved = offset > 0 ? { from: offset, fromAt: now, offers: 0 } : {};
  return poll({ ...session, ...moved }, around);
};

const succeeded = (code: string): boolean => code.startsWith('2.');

/** Codes with which a device says that it never takes a package in this way. */
const never: readonly string[] = ['4.00', '4.01', '4.03', '4.04', '4.05', '4.06', '4.15', '5.01'];

const hasAnswered = (
  session: Session,
  { code }: Extract<Input, { type: 'answered' }>,
  { now }: Surrounding,
): Step => {
  const again = { do: 'read' } as const;
  switch (session.stage) {
    case 'transferring':
      if (succeeded(code)) return step({ ...session, since: now, sent: session.way === 'push' }, again);
      if (code === '4.13') return fail('no-space', 'the device has no room for the package');
      return step(session.way !== 'push' || never.includes(code) ? withoutWay(session) : session, again);
    case 'executing':
      // It may be gone already: its notification or its registration comes first as a rule.
      return succeeded(code) ? waitUntil(session, now + 5_000) : step(session, again);
    case 'installed':
      return succeeded(code)
        ? step(session, again)
        : fail('activation-failed', `the device did not activate the software: ${code}`);
    default:
      return step(session, again);
  }
};
