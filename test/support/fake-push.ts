import type { Push, Pushed, PushRequest } from '../../src/app/push-ports.ts';
import { createGuard } from '../../src/push/guard.ts';
import { checkTarget } from '../../src/push/target.ts';

export const accepted: Pushed = { status: 204, answer: '', retryAfter: '', took: 3 };
export const answered = (status: number, given: Partial<Pushed> = {}): Pushed => ({
  ...{ status, answer: 'no', retryAfter: '', took: 3 },
  ...given,
});

export type FakePush = Push & { readonly sent: readonly PushRequest[] };

/** Sends nothing anywhere: keeps what it is given, and answers as it is told to. */
export const fakePush = (
  answer: (request: PushRequest, before: number) => Pushed | Promise<Pushed> = () => accepted,
): FakePush => {
  const sent: PushRequest[] = [];
  return {
    sent,
    check: checkTarget(createGuard([])),
    send: async (request) => {
      sent.push(request);
      return answer(request, sent.length - 1);
    },
  };
};
