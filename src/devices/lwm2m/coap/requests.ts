import { isUtf8 } from 'node:buffer';
import { type Block, decodeBlock } from './block.ts';
import { codeByte, type Message, NO_BYTES, type Option, option, uint, uintOf } from './message.ts';
import type { CoapCode, CoapMethod, CoapRequest, CoapResponse, OutgoingRequest } from './peer.ts';

/** Methods in the order of their codes, from 0.01: RFC 7252 12.1.1, RFC 8132 6. */
const methods: readonly CoapMethod[] = ['GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH'];

/** Whether asking twice is the same as asking once and changes nothing. */
export const isSafe = (method: CoapMethod): boolean => method === 'GET' || method === 'FETCH';

/** Options that may come several times: RFC 7252 5.10. */
const repeatable: ReadonlySet<number> = new Set([option.uriPath, option.uriQuery]);
/** What a request may hold of critical options (odd ones); any other makes it 4.02: RFC 7252 5.4.1. */
const understood: ReadonlySet<number> = new Set([
  option.uriHost,
  option.uriPort,
  option.uriPath,
  option.uriQuery,
  option.accept,
  option.block1,
  option.block2,
]);
const LONGEST_TEXT = 255;
const BAD_OPTION = codeByte('4.02');
const BAD_REQUEST = codeByte('4.00');
const METHOD_NOT_ALLOWED = codeByte('4.05');
const NO_PROXY = codeByte('5.05');

/** A request as far as one message tells, with what its blocks say. */
export type IncomingRequest = CoapRequest & {
  readonly block1: Block | undefined;
  readonly block2: Block | undefined;
  /** Bytes of the whole payload, where it was told. */
  readonly size1: number | undefined;
  /** Tells apart two bodies of the same request (RFC 9175 3), as hex. */
  readonly tag: string;
};

export type ReadRequest =
  | { readonly ok: true; readonly request: IncomingRequest }
  | { readonly ok: false; readonly code: number };

const textOf = (value: Uint8Array): string =>
  Buffer.from(value.buffer, value.byteOffset, value.length).toString();

const isText = ({ value }: Option): boolean => value.length <= LONGEST_TEXT && isUtf8(value);

const isCritical = (number: number): boolean => number % 2 === 1;

/** Why its options are not acceptable, as a code. */
const refusal = (options: readonly Option[]): number | undefined => {
  let before = -1;
  for (const one of options) {
    const { number } = one;
    if (number === option.proxyUri || number === option.proxyScheme) return NO_PROXY;
    const isUnknown = isCritical(number) && !understood.has(number);
    // RFC 7252 5.4.5: a critical option that comes too often is as one that is unknown.
    const isTooOften = isCritical(number) && number === before && !repeatable.has(number);
    const isNoText = repeatable.has(number) && !isText(one);
    if (isUnknown || isTooOften || isNoText) return BAD_OPTION;
    before = number;
  }
  return undefined;
};

const firstOf = (options: readonly Option[], number: number): Uint8Array | undefined =>
  options.find((one) => one.number === number)?.value;

const numberOf = (options: readonly Option[], number: number): number | undefined => {
  const value = firstOf(options, number);
  return value && uintOf(value);
};

const textsOf = (options: readonly Option[], number: number): readonly string[] =>
  options.filter((one) => one.number === number).map(({ value }) => textOf(value));

const isBadNumber = (options: readonly Option[], number: number, longest: number): boolean =>
  (firstOf(options, number)?.length ?? 0) > longest;

/** Reads the request that one message holds; refuses with the code that RFC 7252 or RFC 7959 gives for what is wrong. */
export const readRequest = ({ code, options, payload }: Message): ReadRequest => {
  const method = methods[code - 1];
  if (method === undefined) return { ok: false, code: METHOD_NOT_ALLOWED };
  const refused = refusal(options);
  if (refused !== undefined) return { ok: false, code: refused };
  if (isBadNumber(options, option.accept, 2)) return { ok: false, code: BAD_OPTION };
  const blocks = blocksOf(options);
  if (blocks === undefined) return { ok: false, code: BAD_REQUEST };
  const contentFormat = isBadNumber(options, option.contentFormat, 2)
    ? undefined
    : numberOf(options, option.contentFormat);
  const request: IncomingRequest = {
    method,
    path: textsOf(options, option.uriPath),
    query: textsOf(options, option.uriQuery),
    contentFormat,
    accept: numberOf(options, option.accept),
    payload,
    ...blocks,
    size1: numberOf(options, option.size1),
    tag: Buffer.from(firstOf(options, option.requestTag) ?? NO_BYTES).toString('hex'),
  };
  return { ok: true, request };
};

/** `undefined` where a block option is not one: RFC 7959 2.2 has 4.00 for the reserved size. */
const blocksOf = (
  options: readonly Option[],
): { readonly block1: Block | undefined; readonly block2: Block | undefined } | undefined => {
  const [first, second] = [firstOf(options, option.block1), firstOf(options, option.block2)];
  const block1 = first && decodeBlock(first);
  const block2 = second && decodeBlock(second);
  const isBad =
    (first !== undefined && block1 === undefined) || (second !== undefined && block2 === undefined);
  return isBad ? undefined : { block1, block2 };
};

/** Reads a response; `undefined` where it holds a critical option that is not understood (RFC 7252 5.4.1). */
export const readResponse = ({ code, options }: Message, payload: Uint8Array): CoapResponse | undefined => {
  const isStrange = options.some(
    ({ number }) => isCritical(number) && number !== option.block1 && number !== option.block2,
  );
  if (isStrange) return undefined;
  const locationPath = textsOf(options, option.locationPath);
  return {
    code: `${code >> 5}.${`${code & 31}`.padStart(2, '0')}` as CoapCode,
    contentFormat: numberOf(options, option.contentFormat),
    ...(locationPath.length > 0 && { locationPath }),
    maxAge: numberOf(options, option.maxAge),
    payload,
  };
};

/** The message of a request of ours, with `more` options in any order: the codec sorts them. */
export const requestMessage = (
  request: Pick<OutgoingRequest, 'method' | 'path' | 'query' | 'accept' | 'contentFormat'>,
  token: Uint8Array,
  payload: Uint8Array,
  more: readonly Option[],
): Message => {
  const text =
    (number: number) =>
    (value: string): Option => ({ number, value: Buffer.from(value) });
  const { accept, contentFormat } = request;
  return {
    code: methods.indexOf(request.method) + 1,
    token,
    options: [
      ...request.path.map(text(option.uriPath)),
      ...(request.query ?? []).map(text(option.uriQuery)),
      ...(accept === undefined ? [] : [{ number: option.accept, value: uint(accept) }]),
      ...(contentFormat === undefined ? [] : [{ number: option.contentFormat, value: uint(contentFormat) }]),
      ...more,
    ],
    payload,
  };
};
