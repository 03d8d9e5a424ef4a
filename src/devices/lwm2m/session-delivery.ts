import { MINUTE, SECOND } from '../../domain/time.ts';
import { uriResults } from './results.ts';
import { fail, failAs, hasTarget, poll, progress, type Reading, step, waitUntil } from './session-steps.ts';
import { type Order, type Scheme, type Session, type Step, schemes, type Way } from './session-types.ts';

/** Numbers of resource 8 of object 5. */
const protocolNumbers: Readonly<Record<Scheme, number>> = {
  coap: 0,
  coaps: 1,
  http: 2,
  https: 3,
  'coap+tcp': 4,
  'coaps+tcp': 5,
};
const clear: readonly Scheme[] = ['http', 'coap', 'coap+tcp'];

/** Above this a device had better fetch the package by itself (A1.12.4). */
const PULL_FROM = 64 * 1024;
const MOST_OFFERS = 3;
/** For how long a device may do nothing about a URI that it has taken. */
const URI_PATIENCE = 5 * MINUTE;
/** For how long one may think about a package that it has taken whole. */
const CHECK_PATIENCE = 30 * SECOND;
/** A push goes on where it broke off for as long as the device remembers it: EXCHANGE_LIFETIME (A1.13). */
const RESUMABLE = 247 * SECOND;

const speaks = ({ order, readings }: Pick<Reading, 'order' | 'readings'>, scheme: Scheme): boolean => {
  // Object 9 has no such resource: what it refuses is known then.
  if (order.kind === 'software') return true;
  const numbers = readings.protocols.length === 0 ? [protocolNumbers.coap] : readings.protocols;
  return numbers.includes(protocolNumbers[scheme]);
};

/** The ways that are left, the best first. */
export const waysOf = (reading: Reading): readonly Way[] => {
  const { order, readings, session, profile } = reading;
  const pulls = schemes.filter(
    (scheme) =>
      order.offers.includes(scheme) &&
      speaks(reading, scheme) &&
      (profile.clearText || !clear.includes(scheme)),
  );
  const { method } = order.kind === 'software' ? { method: undefined } : readings;
  const pull = method === 1 ? [] : pulls;
  const push: readonly Way[] = method === 0 ? [] : ['push'];
  const pullFirst = profile.prefer === 'pull' || (profile.prefer === 'auto' && order.size > PULL_FROM);
  const all = pullFirst ? [...pull, ...push] : [...push, ...pull];
  return all.filter((way) => !session.refused.includes(way));
};

/** Offers or writes the package; kept before it is sent, so that what the device has then is known to be ours. */
export const deliver = (reading: Reading): Step => {
  const { session, now } = reading;
  const [way] = waysOf(reading);
  if (way === undefined) return fail('unsupported', noWay(session, reading.order));
  if (session.offers >= MOST_OFFERS) {
    return fail('download-failed', `the device did not take the package in ${session.offers} tries`);
  }
  const base: Session = { ...session, stage: 'transferring', since: now, sent: false };
  if (way !== 'push') {
    const offered = { ...base, way, offers: session.offers + 1 };
    return step(offered, { do: 'observe' }, { do: 'offer', scheme: way });
  }
  const goesOn = session.way === 'push' && session.from > 0 && now - session.fromAt < RESUMABLE;
  const from = goesOn ? session.from : 0;
  // What moves on is tried for as long as it does.
  const offers = goesOn ? session.offers : session.offers + 1;
  return step({ ...base, way, offers, from: 0, fromAt: 0 }, { do: 'observe' }, { do: 'push', from });
};

const noWay = ({ refused }: Session, { offers }: Order): string =>
  refused.length > 0
    ? `the device refused the package over ${refused.join(', ')}`
    : `the device takes no package over what this server offers: ${['push', ...offers].join(', ')}`;

/** The device has the package: the gate has the next word. */
export const hasPackage = ({ session, order }: Pick<Reading, 'session' | 'order'>): Step => {
  const downloaded: Session = { ...session, stage: 'downloaded', brought: order.journey };
  return order.due === 'download'
    ? step(downloaded, progress('download', 'complete', 'downloaded'), { do: 'ask' })
    : step(downloaded, { do: 'read' });
};

/** A package is on its way: what the device says of it. */
export const transfer = (reading: Reading): Step => {
  const { session, readings, now } = reading;
  switch (readings.state) {
    case 'downloaded':
      return hasPackage(reading);
    case 'updating':
    case 'installed':
      // It installs without being told to (resource 14 of object 5).
      return step(
        { ...session, stage: 'executing', executedAt: now },
        progress('execution', 'running', 'updating'),
        { do: 'read' },
      );
    case 'downloading':
      return underWay(reading);
    case 'idle':
      return isIdle(reading);
    case undefined:
      return poll(session, reading);
    default:
      return readings.state satisfies never;
  }
};

/** Some devices call themselves downloading when they are idle, and stay so (A1.15). */
const isOdd = ({ before }: Session): boolean => before.state === 'downloading';

const underWay = (reading: Reading): Step => {
  const { session } = reading;
  if (session.way !== 'push') return poll(session, reading);
  if (!session.sent) return deliver(reading);
  return isOdd(session) ? hasPackage(reading) : poll(session, reading);
};

const isIdle = (reading: Reading): Step => {
  const { session, readings, meaning, now, order } = reading;
  const { result } = readings;
  if (hasTarget(reading)) return step({ ...session, stage: 'executing', executedAt: now }, { do: 'read' });
  const isLate = session.way === 'push' && session.sent && now >= session.since + CHECK_PATIENCE;
  const isNews = result !== session.before.result || isLate;
  if (meaning.is === 'failure' && isNews) {
    const known = uriResults[order.kind];
    if (result === known.scheme && session.way !== null) return deliver(refusing(reading));
    if (result === known.notFound && session.offers < 2 && session.way !== 'push') return deliver(reading);
    return failAs(meaning, result);
  }
  if (session.way === 'push') {
    if (!session.sent) return deliver(reading);
    const until = session.since + CHECK_PATIENCE;
    if (now < until) return waitUntil(session, until, now + 5 * SECOND);
    return fail('download-failed', 'the device took all of the package and yet has none', result ?? null);
  }
  const isRefused = session.way === null || session.refused.includes(session.way);
  if (isRefused || now - session.since >= URI_PATIENCE) return deliver(reading);
  return poll(session, reading);
};

const refusing = (reading: Reading): Reading => ({ ...reading, session: withoutWay(reading.session) });

/** The way that was tried is tried no more. */
export const withoutWay = (session: Session): Session =>
  session.way === null || session.refused.includes(session.way)
    ? session
    : { ...session, offers: 0, refused: [...session.refused, session.way] };
