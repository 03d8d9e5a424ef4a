import { HOUR, type Instant, SECOND } from '../domain/time.ts';
import type { Delivery, DeliveryAttempt, Destination } from './delivery-records.ts';
import type { Hashing } from './ports.ts';
import type { Pushed, PushRequest } from './push-ports.ts';
import type { Settlement } from './writes.ts';

/** Never more between two attempts. */
export const LONGEST_PAUSE = 6 * HOUR;
/** A pause is shorter by up to this share of it, so that what failed together is not tried together. */
const JITTER = 0.2;

/** What follows from an attempt: how the delivery stands, and whether its receiver is there at all. */
export type Verdict = Omit<Settlement, 'was'> & { readonly outcome: 'delivered' | 'failed' | 'gone' };

type Tried = Pick<Delivery, 'id' | 'tries' | 'attempts'>;

/**
 * 2xx is delivered, 410 says that nobody will ever listen there again, and everything else is tried again after
 * `interval * 2^(n-1)`, at most six hours, or when the receiver asks for (Retry-After with 429 and 503); until
 * there were `attempts` of them or the first was `within` ago. Standard Webhooks 1.0.0, "Deliverability".
 */
export const verdictOf = (
  hashing: Pick<Hashing, 'sha256'>,
  delivery: Tried,
  { retry }: Pick<Destination, 'retry'>,
  tried: { readonly request: Sent; readonly pushed: Pushed; readonly at: Instant },
): Verdict => {
  const { pushed, at } = tried;
  const attempt = attemptOf(tried);
  const settled = { attempt, dueAt: at } as const;
  if (attempt.problem === '') return { ...settled, status: 'delivered', outcome: 'delivered' };
  if (attempt.status === 410) return { ...settled, status: 'dead', outcome: 'gone' };
  const dueAt = at + pushed.took + Math.max(pauseOf(hashing, delivery, retry.interval), askedOf(pushed, at));
  const over = delivery.tries + 1 >= retry.attempts || dueAt - begunAt(delivery, at) > retry.within;
  return over
    ? { ...settled, status: 'dead', outcome: 'failed' }
    : { attempt, dueAt, status: 'waiting', outcome: 'failed' };
};

type Sent = Pick<PushRequest, 'url' | 'headers'>;

/** The record of an attempt. */
export const attemptOf = ({
  request: { url, headers },
  pushed,
  at,
}: {
  readonly request: Sent;
  readonly pushed: Pushed;
  readonly at: Instant;
}): DeliveryAttempt => {
  const attempt = { at, sent: { url, headers }, took: pushed.took };
  return 'problem' in pushed
    ? { ...attempt, status: null, problem: pushed.problem, answer: '' }
    : { ...attempt, status: pushed.status, problem: problemOf(pushed.status), answer: pushed.answer };
};

const problemOf = (status: number): string => {
  if (status >= 200 && status < 300) return '';
  const got = `expected a status from 200 to 299, got ${status}`;
  return status >= 300 && status < 400 ? `${got}; redirects are not followed` : got;
};

/** The first attempt since the delivery was made or replayed, of those that are kept. */
const begunAt = ({ attempts, tries }: Tried, now: Instant): Instant =>
  (tries === 0 ? undefined : attempts.slice(-tries)[0]?.at) ?? now;

/** The same for the same attempt: it follows from the id instead of chance. */
const pauseOf = ({ sha256 }: Pick<Hashing, 'sha256'>, { id, tries }: Tried, interval: number): number => {
  const share = Number.parseInt(sha256(`${id} ${tries}`).slice(0, 8), 16) / 2 ** 32;
  return Math.round(Math.min(interval * 2 ** tries, LONGEST_PAUSE) * (1 - JITTER * share));
};

/** What the receiver asks for, in seconds or as a date (RFC 9110, 10.2.3). */
const askedOf = (pushed: Pushed, at: Instant): number => {
  if ('problem' in pushed || (pushed.status !== 429 && pushed.status !== 503)) return 0;
  const text = pushed.retryAfter.trim();
  const pause = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - at - pushed.took;
  return Number.isNaN(pause) ? 0 : Math.min(Math.max(0, pause), LONGEST_PAUSE);
};
