import { type Block, decodeBlock, encodeBlock, MAX_NUM, MAX_SZX, sizeOf } from './block.ts';
import { codeByte, type Message, type Option, option, optionOf, uint } from './message.ts';
import type { BlockSource, Exchange } from './peer.ts';
import type { Answer } from './turns.ts';

/** Sends one message of a request whose other options are settled. */
export type Ask = (options: readonly Option[], payload: Uint8Array) => Promise<Answer>;

export type Failed = Extract<Exchange, { readonly ok: false }>;

/** The last answer, that of the whole payload or of what ended it; or why there is none. */
export type Pushed = { readonly ok: true; readonly message: Message; readonly offset: number } | Failed;

export type Push = {
  readonly ask: Ask;
  readonly source: BlockSource;
  readonly szx: number;
  readonly from: number;
  readonly progress: (sent: number) => void;
};

const CONTINUE = codeByte('2.31');
const INCOMPLETE = codeByte('4.08');
const TOO_LARGE = codeByte('4.13');
const MOST_WRONG = 3;

/** Where a transfer is. */
type At = {
  readonly offset: number;
  readonly szx: number;
  /** Replies in a row that were about another block. */
  readonly wrong: number;
  readonly restarted: boolean;
};

type Step = { readonly type: 'go-on'; readonly at: At } | { readonly type: 'over'; readonly pushed: Pushed };

/** The bytes of a block; `undefined` where the source does not give them. */
const readBlock = async ({ source }: Push, { offset, szx }: At): Promise<Uint8Array | undefined> => {
  const length = Math.min(sizeOf(szx), source.size - offset);
  try {
    const bytes = length === 0 ? new Uint8Array(0) : await source.read(offset, length);
    return bytes.length === length ? bytes : undefined;
  } catch {
    return undefined;
  }
};

const begin = ({ source, szx, from }: Push): At => {
  const most = Math.max(0, Math.min(szx, MAX_SZX));
  const offset = Math.floor(from / sizeOf(most)) * sizeOf(most);
  return { offset: offset < source.size ? offset : 0, szx: most, wrong: 0, restarted: false };
};

/**
 * Sends a payload with Block1 (RFC 7959 2.5, reference A1.13), one block at a time: never more than one is in memory.
 * A source that cannot be read ends it as `gone`: the device is as it was.
 */
export const push = async (transfer: Push): Promise<Pushed> => {
  let at = begin(transfer);
  for (;;) {
    const num = at.offset / sizeOf(at.szx);
    if (num > MAX_NUM) return { ok: false, why: 'protocol', offset: at.offset };
    const bytes = await readBlock(transfer, at);
    if (bytes === undefined) return { ok: false, why: 'gone', offset: at.offset };
    const sent = { num, more: at.offset + bytes.length < transfer.source.size, szx: at.szx };
    const size = at.offset === 0 ? [{ number: option.size1, value: uint(transfer.source.size) }] : [];
    const answer = await transfer.ask([{ number: option.block1, value: encodeBlock(sent) }, ...size], bytes);
    if (!answer.ok) return { ok: false, why: answer.why, offset: at.offset };
    const step = react(at, sent, bytes.length, answer.message);
    if (step.type === 'over') {
      if (step.pushed.ok && isSuccess(step.pushed.message.code)) transfer.progress(transfer.source.size);
      return step.pushed;
    }
    if (step.at.offset !== at.offset) transfer.progress(step.at.offset);
    at = step.at;
  }
};

const isSuccess = (code: number): boolean => code >> 5 === 2;

/** What an answer to a block leads to. */
const react = (at: At, sent: Block, length: number, message: Message): Step => {
  const value = optionOf(message, option.block1);
  const echo = value && decodeBlock(value);
  if (!isSuccess(message.code)) return reactToError(at, echo, message);
  // What is wrong is another number, or none where there has to be one.
  const isWrong = echo === undefined ? value !== undefined || sent.more : echo.num !== sent.num;
  if (isWrong && (value !== undefined || message.code === CONTINUE)) return ignore(at);
  const isUnfinished = sent.more !== (message.code === CONTINUE) && (!sent.more || echo === undefined);
  if (isUnfinished) return { type: 'over', pushed: { ok: false, why: 'protocol', offset: at.offset } };
  if (!sent.more) return { type: 'over', pushed: { ok: true, message, offset: at.offset + length } };
  const szx = Math.min(at.szx, echo?.szx ?? at.szx);
  return { type: 'go-on', at: { ...at, offset: at.offset + length, szx, wrong: 0 } };
};

/** An answer about another block is no answer to this one: it is sent again, but not for ever. */
const ignore = (at: At): Step => {
  const wrong = at.wrong + 1;
  return wrong < MOST_WRONG
    ? { type: 'go-on', at: { ...at, wrong } }
    : { type: 'over', pushed: { ok: false, why: 'protocol', offset: at.offset } };
};

/** An error ends a transfer, with Block1 or without; but for a smaller size that is asked for, and a lost beginning. */
const reactToError = (at: At, echo: Block | undefined, message: Message): Step => {
  if (message.code === TOO_LARGE && echo !== undefined && echo.szx < at.szx) {
    return { type: 'go-on', at: { ...at, offset: 0, szx: echo.szx, wrong: 0 } };
  }
  if (message.code === INCOMPLETE && !at.restarted) {
    return { type: 'go-on', at: { ...at, offset: 0, wrong: 0, restarted: true } };
  }
  return { type: 'over', pushed: { ok: true, message, offset: at.offset } };
};
