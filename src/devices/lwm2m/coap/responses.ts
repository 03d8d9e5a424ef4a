import { createHash } from 'node:crypto';
import { encodeBlock, MAX_NUM, MAX_SZX, sizeOf } from './block.ts';
import type { Reply } from './channel.ts';
import { codeByte, NO_BYTES, type Option, option, uint } from './message.ts';
import type { BlockSource, CoapResponse } from './peer.ts';
import { type IncomingRequest, isSafe } from './requests.ts';

/** What a handler answers: its payload may be a source. */
export type HandlerResponse = Omit<CoapResponse, 'payload'> & {
  readonly payload: Uint8Array | BlockSource;
};

const BAD_OPTION = codeByte('4.02');
const INTERNAL = codeByte('5.00');
const ETAG = 8;

/** An answer of this layer, without a payload. */
export const bare = (code: number, options: readonly Option[] = []): Reply => ({
  code,
  options,
  payload: NO_BYTES,
});

const isSource = (payload: Uint8Array | BlockSource): payload is BlockSource => 'read' in payload;

const sourceOf = (payload: Uint8Array): BlockSource => ({
  size: payload.length,
  etag: createHash('sha256').update(payload).digest().subarray(0, ETAG),
  read: async (offset, length) => payload.subarray(offset, offset + length),
});

const optionsOf = ({ contentFormat, locationPath, maxAge }: HandlerResponse): readonly Option[] => [
  ...(locationPath ?? []).map((text) => ({ number: option.locationPath, value: Buffer.from(text) })),
  ...(contentFormat === undefined ? [] : [{ number: option.contentFormat, value: uint(contentFormat) }]),
  ...(maxAge === undefined ? [] : [{ number: option.maxAge, value: uint(maxAge) }]),
];

/**
 * The message that answers a request: whole where it fits and was not asked for in blocks, else the block that was asked
 * for, or the first (RFC 7959 2.4). Nothing is kept between two blocks. 4.02 for a block that is not there.
 */
export const replyTo = async (
  request: Pick<IncomingRequest, 'method' | 'block2'>,
  response: HandlerResponse,
): Promise<Reply> => {
  const { payload } = response;
  const code = codeByte(response.code);
  const options = optionsOf(response);
  const asked = request.block2;
  const size = sizeOf(asked?.szx ?? MAX_SZX);
  if (!isSource(payload) && payload.length <= size) {
    return (asked?.num ?? 0) > 0 ? bare(BAD_OPTION) : { code, options, payload };
  }
  // To ask for the next block of what changes something would change it again.
  if (!isSafe(request.method)) return bare(INTERNAL);
  const source = isSource(payload) ? payload : sourceOf(payload);
  return blockOf(source, { code, options }, { num: asked?.num ?? 0, szx: asked?.szx ?? MAX_SZX });
};

const blockOf = async (
  source: BlockSource,
  { code, options }: Omit<Reply, 'payload'>,
  { num, szx }: { readonly num: number; readonly szx: number },
): Promise<Reply> => {
  const size = sizeOf(szx);
  const offset = num * size;
  if (num > MAX_NUM || (num > 0 && offset >= source.size)) return bare(BAD_OPTION);
  const length = Math.min(size, source.size - offset);
  const payload = length === 0 ? NO_BYTES : await source.read(offset, length);
  if (payload.length !== length) return bare(INTERNAL);
  const { etag } = source;
  const block = encodeBlock({ num, more: offset + length < source.size, szx });
  return {
    code,
    options: [
      ...options,
      ...(etag === undefined ? [] : [{ number: option.etag, value: etag }]),
      { number: option.block2, value: block },
      ...(num === 0 ? [{ number: option.size2, value: uint(source.size) }] : []),
    ],
    payload,
  };
};
