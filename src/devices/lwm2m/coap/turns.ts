import type { Later } from '../../../app/waker.ts';
import type { Association } from '../transport.ts';
import type { Channel, Delivery } from './channel.ts';
import type { Message } from './message.ts';
import type { Timing } from './peer.ts';

/** What one message to a device came to. */
export type Answer =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly why: 'timeout' | 'reset' | 'gone' };

/** In this order they are sent; those of a kind in the order in which they came. */
export type Priority = 'read' | 'block' | 'observe';
const priorities: readonly Priority[] = ['read', 'block', 'observe'];

type Turn = {
  readonly message: Message;
  readonly timing: Timing;
  readonly settle: (answer: Answer) => void;
};

/** What waits for one peer, and what is on its way: one message at a time (NSTART 1, RFC 7252 4.7). */
export type Line = {
  readonly waiting: { readonly [priority in Priority]: Turn[] };
  /** Whether a transfer is under way: an observation gives way to its next block though that still has to be read. */
  isTransferring: boolean;
  current: (Turn & { readonly end: (answer: Answer) => void }) | undefined;
};

export const emptyLine = (): Line => ({
  waiting: { read: [], block: [], observe: [] },
  isTransferring: false,
  current: undefined,
});

type Deps = { readonly channel: Pick<Channel, 'send'>; readonly later: Later };

/** Sends a message when its turn comes. Never rejects. */
export const takeTurn = (
  deps: Deps,
  to: Pick<Association, 'key'>,
  line: Line,
  { priority, ...turn }: Omit<Turn, 'settle'> & { readonly priority: Priority },
): Promise<Answer> =>
  new Promise((settle) => {
    line.waiting[priority].push({ ...turn, settle });
    sendNext(deps, to, line);
  });

/** Sends what is next, if nothing is on its way. */
export const sendNext = (deps: Deps, to: Pick<Association, 'key'>, line: Line): void => {
  if (line.current !== undefined) return;
  const first = priorities.find(
    (priority) => line.waiting[priority].length > 0 && !(priority === 'observe' && line.isTransferring),
  );
  const turn = first && line.waiting[first].shift();
  if (turn === undefined) return;
  let callOff: (() => void) | undefined;
  let stop: (() => void) | undefined;
  const end = (answer: Answer): void => {
    if (line.current !== current) return;
    line.current = undefined;
    callOff?.();
    stop?.();
    turn.settle(answer);
    sendNext(deps, to, line);
  };
  const told = (what: Delivery): void => {
    if (what !== 'acknowledged') end({ ok: false, why: what });
    else if (line.current === current) {
      callOff = deps.later(() => end({ ok: false, why: 'timeout' }), turn.timing.responseTimeout);
    }
  };
  const current = { ...turn, end };
  line.current = current;
  stop = deps.channel.send(to, turn.message, turn.timing, told);
  if (line.current !== current) stop();
};

/** Whether that token is the one of the message that is on its way. */
export const isAwaited = (line: Line | undefined, token: Uint8Array): boolean =>
  line?.current !== undefined && Buffer.compare(line.current.message.token, token) === 0;

/** Answers all that waits, and what is on its way, with `gone`. */
export const dropLine = (line: Line): void => {
  const gone: Answer = { ok: false, why: 'gone' };
  const waiting = priorities.flatMap((priority) => line.waiting[priority].splice(0));
  line.current?.end(gone);
  for (const { settle } of waiting) settle(gone);
};
