import { describe, expect, it } from 'vitest';
import { nodeHashing } from '../server/crypto.ts';
import type { DeliveryAttempt, Destination } from './delivery-records.ts';
import type { Pushed } from './push-ports.ts';
import { LONGEST_PAUSE, verdictOf } from './verdict.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = 1_772_366_400_000;
const threeDays: Destination['retry'] = { interval: 5_000, attempts: 100, within: 3 * DAY };

const answer = (status: number, retryAfter = ''): Pushed => ({ status, retryAfter, answer: 'text', took: 7 });
const request = { url: 'https://example.com/hook', headers: { 'webhook-id': 'delivery-1' } };
const attemptAt = (when: number): DeliveryAttempt => ({
  ...{ at: when, sent: request, took: 1, status: 500, problem: 'expected', answer: '' },
});

const verdict = (
  pushed: Pushed,
  given: { tries?: number; first?: number; retry?: Partial<Destination['retry']>; id?: string } = {},
) => {
  const { tries = 0, first = at, retry = {}, id = 'delivery-1' } = given;
  const attempts = Array.from({ length: Math.min(tries, 20) }, () => attemptAt(first));
  const delivery = { id, tries, attempts };
  return verdictOf(nodeHashing, delivery, { retry: { ...threeDays, ...retry } }, { request, pushed, at });
};
const pauseAfter = (...given: Parameters<typeof verdict>) => verdict(...given).dueAt - at - 7;

describe('an answer', () => {
  it.each([200, 201, 202, 204, 299])('of %i says that it was delivered', (status) => {
    expect(verdict(answer(status))).toEqual({
      ...{ status: 'delivered', outcome: 'delivered', dueAt: at },
      attempt: { at, sent: request, took: 7, status, problem: '', answer: 'text' },
    });
  });

  it.each([199, 300, 301, 302, 307, 400, 401, 404, 408, 429, 500, 502, 503, 504])(
    'of %i is a failure that is tried again',
    (status) => {
      expect(verdict(answer(status))).toMatchObject({ status: 'waiting', outcome: 'failed' });
    },
  );

  it('of a redirect is said not to be followed', () => {
    expect(verdict(answer(302)).attempt.problem).toBe(
      'expected a status from 200 to 299, got 302; redirects are not followed',
    );
  });

  it('of 410 says that nobody is there any more', () => {
    expect(verdict(answer(410))).toMatchObject({ status: 'dead', outcome: 'gone' });
  });

  it('that did not come is a failure that says why', () => {
    const { attempt, ...rest } = verdict({ problem: 'the connection was refused', took: 7 });
    expect(rest).toMatchObject({ status: 'waiting', outcome: 'failed' });
    expect(attempt).toEqual({
      ...{ at, sent: request, took: 7, status: null, problem: 'the connection was refused', answer: '' },
    });
  });
});

describe('the pause', () => {
  it('doubles with each failure, less a part that differs, up to six hours', () => {
    for (let tries = 0; tries < 90; tries += 1) {
      const whole = Math.min(5_000 * 2 ** tries, LONGEST_PAUSE);
      const pause = pauseAfter(answer(500), { tries, first: at });
      expect(pause).toBeLessThanOrEqual(whole);
      expect(pause).toBeGreaterThanOrEqual(Math.floor(whole * 0.8));
    }
  });

  it('differs between deliveries that failed together, and is the same when it is reckoned again', () => {
    const pauses = Array.from({ length: 100 }, (_, n) => pauseAfter(answer(500), { tries: 3, id: `d-${n}` }));
    expect(new Set(pauses).size).toBeGreaterThan(90);
    expect(pauseAfter(answer(500), { tries: 3, id: 'd-0' })).toBe(pauses[0]);
  });

  it.each([429, 503])('of %i is as long as the receiver asks for, if that is longer', (status) => {
    expect(pauseAfter(answer(status, '120'))).toBe(120_000);
    expect(pauseAfter(answer(status, '0'))).toBeGreaterThanOrEqual(4_000);
    const date = new Date(at + 10 * 60_000).toUTCString();
    expect(pauseAfter(answer(status, date))).toBe(10 * 60_000 - 7);
  });

  it('is never longer than six hours, whatever the receiver asks for', () => {
    expect(pauseAfter(answer(503, '999999999999'))).toBe(LONGEST_PAUSE);
    expect(pauseAfter(answer(503, 'Fri, 31 Dec 9999 23:59:59 GMT'))).toBe(LONGEST_PAUSE);
  });

  it.each(['soon', '-5', '1e9', ''])('takes no notice of a Retry-After of "%s"', (text) => {
    expect(pauseAfter(answer(503, text))).toBeLessThanOrEqual(5_000);
  });

  it('takes no notice of Retry-After with another status', () => {
    expect(pauseAfter(answer(500, '120'))).toBeLessThanOrEqual(5_000);
  });
});

describe('a delivery', () => {
  it('is given up after as many attempts as its destination allows', () => {
    const retry = { attempts: 3 };
    expect(verdict(answer(500), { tries: 1, retry }).status).toBe('waiting');
    expect(verdict(answer(500), { tries: 2, retry }).status).toBe('dead');
    expect(verdict(answer(200), { tries: 2, retry }).status).toBe('delivered');
  });

  it('is given up when its next attempt would be later than allowed after its first', () => {
    const tries = 5;
    expect(verdict(answer(500), { tries, first: at - 3 * DAY + 200_000 }).status).toBe('waiting');
    expect(verdict(answer(500), { tries, first: at - 3 * DAY + 1_000 }).status).toBe('dead');
  });

  it('that was replayed has all its time again, however old its attempts', () => {
    const attempts = Array.from({ length: 7 }, () => attemptAt(at - 9 * DAY));
    const replayed = { id: 'd', tries: 0, attempts };
    const sent = { request, pushed: answer(500), at };
    expect(verdictOf(nodeHashing, replayed, { retry: threeDays }, sent).status).toBe('waiting');
    const second = { id: 'd', tries: 1, attempts: [...attempts, attemptAt(at - 10_000)] };
    expect(verdictOf(nodeHashing, second, { retry: threeDays }, sent).status).toBe('waiting');
  });

  it('is tried for about three days with the usual settings', () => {
    let [now, tries] = [at, 0];
    for (let dead = false; !dead; tries += 1) {
      const attempts = Array.from({ length: Math.min(tries, 20) }, () => attemptAt(at));
      const next = verdictOf(
        nodeHashing,
        { id: 'd', tries, attempts },
        { retry: threeDays },
        {
          ...{ request, pushed: answer(500), at: now },
        },
      );
      dead = next.status === 'dead';
      if (!dead) now = next.dueAt;
    }
    expect(now - at).toBeGreaterThan(2.5 * DAY);
    expect(now - at).toBeLessThanOrEqual(3 * DAY);
    expect(tries).toBeGreaterThan(20);
  });
});
