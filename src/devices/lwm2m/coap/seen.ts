import { EXCHANGE_LIFETIME, NON_LIFETIME } from './limits.ts';

/** A message that came, so that its copies are told: RFC 7252 4.5. */
export type Seen = {
  readonly id: number;
  /** When its id may stand for another message. */
  readonly until: number;
  /** What a copy is answered with, a character for each byte: a fraction of the memory that a buffer takes. */
  reply: string | undefined;
  /** Whether its handler still runs. */
  busy: boolean;
};

/** The latest messages of one peer; nothing until there is one. */
export type SeenMessages = { seen: Seen[] | undefined };

/** The message of that id that came before, while that id stands for it. */
export const recall = ({ seen }: SeenMessages, id: number, now: number): Seen | undefined =>
  seen?.find((one) => one.id === id && one.until > now);

type How = { readonly now: number; readonly confirmable: boolean; readonly most: number };

/** Makes room for one more among `most`: what is over goes first, then the oldest. `undefined` where all are busy. */
export const remember = (
  peer: SeenMessages,
  id: number,
  { now, confirmable, most }: How,
): Seen | undefined => {
  const until = now + (confirmable ? EXCHANGE_LIFETIME : NON_LIFETIME);
  const one: Seen = { id, until, reply: undefined, busy: true };
  if (peer.seen === undefined) {
    // A literal has room for one, and most peers never need more.
    peer.seen = [one];
    return one;
  }
  if (peer.seen.length >= most && !dropOne(peer.seen, now)) return undefined;
  peer.seen.push(one);
  return one;
};

const dropOne = (seen: Seen[], now: number): boolean => {
  const over = seen.findIndex((one) => !one.busy && one.until <= now);
  const oldest = over >= 0 ? over : seen.findIndex((one) => !one.busy);
  if (oldest >= 0) seen.splice(oldest, 1);
  return oldest >= 0;
};

/** Lets go of one, so that a copy is a new message. */
export const forget = ({ seen }: SeenMessages, one: Seen): void => {
  const at = seen?.indexOf(one) ?? -1;
  if (at >= 0) seen?.splice(at, 1);
};

export const packed = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const unpacked = (text: string): Uint8Array => Buffer.from(text, 'latin1');
