import type { Push, PushRequest } from '../../../src/app/push-ports.ts';
import { createGuard } from '../../../src/push/guard.ts';
import { checkTarget } from '../../../src/push/target.ts';
import type { Chance } from './chance.ts';

/** A message that was taken, told by its id; the same message may be taken more than once. */
export type Taken = { readonly id: string; readonly body: string };

export type SimulatedReceiver = {
  readonly push: Push;
  readonly taken: readonly Taken[];
  /** Messages that were refused or lost, or whose answer was. */
  readonly failures: () => number;
};

/** Somebody who is told of events, and who is away for as long as `isDown` says so. */
export const createReceiver = (chance: Chance, isDown: () => boolean, odds = 0.05): SimulatedReceiver => {
  const taken: Taken[] = [];
  let failures = 0;
  const answer = (request: PushRequest) => {
    if (isDown() || chance.happens(odds)) {
      failures += 1;
      return chance.happens(0.5)
        ? { problem: 'connection refused', took: 1 }
        : { status: chance.pick([500, 503, 429, 408]), answer: 'later', retryAfter: '', took: 1 };
    }
    taken.push({ id: request.headers['webhook-id'] ?? '', body: request.body });
    // It has it, and the sender does not know.
    if (chance.happens(odds)) {
      failures += 1;
      return { problem: 'the connection broke off', took: 1 };
    }
    return { status: 204, answer: '', retryAfter: '', took: 1 };
  };
  return {
    taken,
    failures: () => failures,
    push: { check: checkTarget(createGuard([])), send: async (request) => answer(request) },
  };
};
