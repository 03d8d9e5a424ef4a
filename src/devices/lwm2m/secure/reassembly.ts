import { joined } from './bytes.ts';
import type { Fragment, Message } from './messages.ts';

/** A message of which some bytes came: their spans are in order and never overlap. */
type Part = {
  readonly type: number;
  readonly length: number;
  readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
};

/** Puts the messages of one side together, in their order (RFC 6347 4.2.3). */
export type Reassembly = {
  /** The message that comes next. */
  readonly next: number;
  /** Unfinished and later ones by their number. */
  readonly parts: ReadonlyMap<number, Part>;
};

/** No message of a PSK handshake is longer; what a device says goes into a few datagrams. */
const LONGEST = 4096;
/** How many messages may come before their turn: a whole flight. */
const AHEAD = 4;
const MOST_PIECES = 32;

/** Expects the message with this number first. */
export const beginReassembly = (next: number): Reassembly => ({ next, parts: new Map() });

/** What is kept after a fragment, and the messages that are whole now. What breaks a bound is dropped silently. */
export const addFragment = (
  state: Reassembly,
  fragment: Fragment,
): { readonly state: Reassembly; readonly messages: readonly Message[] } => {
  const { sequence, length } = fragment;
  if (sequence < state.next || sequence >= state.next + AHEAD || length > LONGEST) {
    return { state, messages: [] };
  }
  const part = state.parts.get(sequence) ?? { type: fragment.type, length, pieces: [] };
  const parts = new Map(state.parts).set(sequence, withPiece(part, fragment));
  return takeWhole({ next: state.next, parts });
};

/** Whole messages from the next one on leave. */
const takeWhole = (state: Reassembly): ReturnType<typeof addFragment> => {
  const parts = new Map(state.parts);
  const messages: Message[] = [];
  let { next } = state;
  for (let part = parts.get(next); part && isWhole(part); part = parts.get(next)) {
    messages.push({
      type: part.type,
      sequence: next,
      body: joined(...part.pieces.map(({ bytes }) => bytes)),
    });
    parts.delete(next);
    next += 1;
  }
  return { state: { next, parts }, messages };
};

const isWhole = ({ pieces, length }: Part): boolean =>
  pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) === length;

/** Bytes that came before stay; of the new fragment only what is missing is taken, copied out of its datagram. */
const withPiece = (part: Part, { type, length, offset, bytes }: Fragment): Part => {
  if (type !== part.type || length !== part.length || part.pieces.length >= MOST_PIECES) return part;
  const pieces = [...part.pieces];
  let at = offset;
  const end = offset + bytes.length;
  for (const piece of part.pieces) {
    const until = Math.min(piece.offset, end);
    if (at < until) pieces.push({ offset: at, bytes: joined(bytes.subarray(at - offset, until - offset)) });
    at = Math.max(at, piece.offset + piece.bytes.length);
  }
  if (at < end) pieces.push({ offset: at, bytes: joined(bytes.subarray(at - offset)) });
  return { ...part, pieces: pieces.toSorted((a, b) => a.offset - b.offset) };
};
