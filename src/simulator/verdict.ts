import type { Update } from '../wire/muster/members.ts';
import type { Attempt, DeviceTruth, FailureCause } from './ledger.ts';

/** What a server may know of an update, given how it really went. */
export type Expectation = {
  /** Outcomes that fit; `open` for an update that goes on. */
  readonly outcomes: readonly string[];
  /** Reasons that fit where the outcome is `failed`; none that is named lets each pass. */
  readonly reasons: readonly string[];
};

const reasons: Readonly<Record<FailureCause, readonly string[]>> = {
  none: [],
  'disk-full': ['no-space'],
  corrupt: ['checksum-mismatch'],
  'install-fails': ['install-failed', 'activation-failed'],
  'connection-lost': ['connection-lost', 'download-failed'],
  unexpected: [],
};

/** What people and time-outs do, whatever the device did. */
const closedByServer = ['cancelled', 'timed-out', 'removed', 'closed-by-operator'];
const lostTouch = ['phase-timed-out', 'never-seen', 'connection-lost'];

/** Protocols whose servers look for themselves which version runs. */
const looks = (protocol: DeviceTruth['protocol']): boolean => protocol === 'lwm2m' || protocol === 'oma-dm';

/** Of an outcome that did not reach it, the server may have waited for as long as it waits. */
const whenHeard = (attempt: Readonly<Attempt>, expected: Expectation): Expectation => {
  if (attempt.heard) return expected;
  const { outcomes, reasons: known } = expected;
  const isAny = outcomes.includes('failed') && known.length === 0;
  return {
    outcomes: [...outcomes, 'failed', 'open', ...closedByServer],
    reasons: isAny ? [] : [...known, ...lostTouch],
  };
};

/** What fits the last attempt of a device in a campaign; `undefined` for one that never began. */
export const expectationOf = (
  protocol: DeviceTruth['protocol'],
  last: Readonly<Attempt> | undefined,
): Expectation => {
  if (last === undefined) return { outcomes: ['open', 'failed', ...closedByServer], reasons: lostTouch };
  switch (last.outcome) {
    case 'succeeded':
      return whenHeard(last, { outcomes: ['succeeded'], reasons: [] });
    case 'false-success':
      return looks(protocol)
        ? whenHeard(last, { outcomes: ['failed', 'open', ...closedByServer], reasons: ['version-mismatch'] })
        : whenHeard(last, { outcomes: ['succeeded'], reasons: [] });
    case 'failed':
      // While it is to try again, anything may end it. What was not heard may have ended by a time-out.
      return {
        outcomes: ['failed', 'open', ...closedByServer],
        reasons: last.heard ? reasons[last.why] : [],
      };
    case 'silent':
    case 'under-way':
      return { outcomes: ['open', 'failed', ...closedByServer], reasons: lostTouch };
    case 'cancelled':
      return whenHeard(last, { outcomes: ['failed', ...closedByServer], reasons: [] });
    case 'too-late':
      return { outcomes: ['failed', ...closedByServer], reasons: [] };
    default:
      return last.outcome satisfies never;
  }
};

/** What does not fit, in words; `undefined` where all does. */
export const contradiction = (
  update: Update,
  { outcomes, reasons: fitting }: Expectation,
): string | undefined => {
  const outcome = update.outcome ?? 'open';
  const place = update.outcome === null ? ` at ${update.position}` : '';
  if (!outcomes.includes(outcome)) return `outcome ${outcome}${place}; expected ${outcomes.join(' or ')}`;
  if (outcome !== 'failed' || fitting.length === 0 || fitting.includes(update.reason ?? '')) return undefined;
  return `reason ${update.reason}; expected ${fitting.join(' or ')}`;
};
