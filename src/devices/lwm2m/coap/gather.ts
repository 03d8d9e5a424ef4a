import { decodeBlock, encodeBlock, sizeOf } from './block.ts';
import { type Message, option, optionOf } from './message.ts';
import type { Failed } from './push.ts';
import type { Answer } from './turns.ts';

/** Asks for the rest of a response; the option is Block2. */
export type AskForBlock = (block2: Uint8Array) => Promise<Answer>;

/** A response with all its bytes; or why there is none, with how many came. */
export type Gathered =
  | { readonly ok: true; readonly message: Message; readonly payload: Uint8Array }
  | Failed;

const MOST_WRONG = 3;

type Part =
  | { readonly isGood: true; readonly more: boolean; readonly szx: number }
  | { readonly isGood: false };

const bad: Part = { isGood: false };

/** What one message holds of the whole, if it is what comes at that offset. */
const partAt = (message: Message, offset: number): Part => {
  const value = optionOf(message, option.block2);
  const block = value && decodeBlock(value);
  if (block === undefined || block.num * sizeOf(block.szx) !== offset) return bad;
  const isWhole = message.payload.length === sizeOf(block.szx);
  if (block.more ? !isWhole : message.payload.length > sizeOf(block.szx)) return bad;
  return { isGood: true, more: block.more, szx: block.szx };
};

const isOfSame = (first: Message, next: Message): boolean => {
  const [one, other] = [optionOf(first, option.etag), optionOf(next, option.etag)];
  return one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
};

/** Puts a response together from its blocks (RFC 7959 2.4), of at most so many bytes. */
export const gather = async (first: Message, ask: AskForBlock, most: number): Promise<Gathered> => {
  if (optionOf(first, option.block2) === undefined) {
    return first.payload.length > most
      ? { ok: false, why: 'protocol', offset: 0 }
      : { ok: true, message: first, payload: first.payload };
  }
  const chunks: Uint8Array[] = [];
  let offset = 0;
  let wrong = 0;
  let szx = 0;
  let message = first;
  for (;;) {
    const part = partAt(message, offset);
    if (part.isGood) {
      chunks.push(message.payload);
      offset += message.payload.length;
      wrong = 0;
      szx = part.szx;
      if (offset > most) return { ok: false, why: 'protocol', offset };
      if (!part.more) return { ok: true, message: first, payload: Buffer.concat(chunks) };
    } else {
      wrong += 1;
      if (wrong >= MOST_WRONG || chunks.length === 0) return { ok: false, why: 'protocol', offset };
    }
    const answer = await ask(encodeBlock({ num: offset / sizeOf(szx), more: false, szx }));
    if (!answer.ok) return { ok: false, why: answer.why, offset };
    if (answer.message.code !== first.code) {
      return { ok: true, message: answer.message, payload: answer.message.payload };
    }
    if (!isOfSame(first, answer.message)) return { ok: false, why: 'protocol', offset };
    message = answer.message;
  }
};
