import { encodeBlock, MAX_SZX, sizeOf } from './block.ts';
import { gather } from './gather.ts';
import { type Message, NO_BYTES, type Option, option } from './message.ts';
import type { BlockSource, Exchange, OutgoingRequest } from './peer.ts';
import { type Failed, push } from './push.ts';
import { isSafe, readResponse, requestMessage } from './requests.ts';
import type { Answer, Priority } from './turns.ts';

/** Sends one message when its turn comes; a fresh token is put in where none is given. */
export type SendOne = (
  build: (token: Uint8Array) => Message,
  priority: Priority,
  token?: Uint8Array,
) => Promise<Answer>;

/** Keeps transfers of one device apart: the next begins when this one is over. */
export type Exclusively = <Result>(work: () => Promise<Result>) => Promise<Result>;

type Deps = {
  readonly send: SendOne;
  readonly exclusively: Exclusively;
  /** Most bytes of a response. */
  readonly most: number;
};

const isSource = (payload: Uint8Array | BlockSource): payload is BlockSource => 'read' in payload;

const sourceOf = (payload: Uint8Array): BlockSource => ({
  size: payload.length,
  read: async (offset, length) => payload.subarray(offset, offset + length),
});

const szxOf = ({ szx = MAX_SZX }: OutgoingRequest): number => Math.max(0, Math.min(szx, MAX_SZX));

/** What is sent with Block1: a source, or bytes that do not fit into a block. */
const transferOf = (request: OutgoingRequest): BlockSource | undefined => {
  const { payload = NO_BYTES } = request;
  if (isSource(payload)) return payload;
  return payload.length > sizeOf(szxOf(request)) ? sourceOf(payload) : undefined;
};

/** A request with the blocks that it takes, there and back. Never rejects. */
export const exchange = async (deps: Deps, request: OutgoingRequest): Promise<Exchange> => {
  const source = transferOf(request);
  return source === undefined
    ? exchangeWhole(deps, request)
    : deps.exclusively(() => exchangeBlocks(deps, request, source));
};

const exchangeWhole = async (deps: Deps, request: OutgoingRequest): Promise<Exchange> => {
  const payload = request.payload instanceof Uint8Array ? request.payload : NO_BYTES;
  // Asks for smaller blocks from the beginning where the device wants them (RFC 7959 2.4).
  const early: readonly Option[] =
    isSafe(request.method) && szxOf(request) < MAX_SZX
      ? [{ number: option.block2, value: encodeBlock({ num: 0, more: false, szx: szxOf(request) }) }]
      : [];
  const answer = await deps.send(
    (token) => requestMessage(request, token, payload, early),
    request.priority ?? 'read',
  );
  if (!answer.ok) return { ok: false, why: answer.why, offset: 0 };
  return wholeResponse(deps, request, answer.message);
};

const exchangeBlocks = async (
  deps: Deps,
  request: OutgoingRequest,
  source: BlockSource,
): Promise<Exchange> => {
  // One token for all blocks: some devices put together only what has the same.
  let used: Uint8Array | undefined;
  const pushed = await push({
    ask: (options, bytes) =>
      deps.send(
        (token) => {
          used = token;
          return requestMessage(request, token, bytes, options);
        },
        request.priority ?? 'block',
        used,
      ),
    source,
    szx: szxOf(request),
    from: request.from ?? 0,
    progress: request.progress ?? (() => undefined),
  });
  if (!pushed.ok) return pushed;
  const response = await wholeResponse(deps, request, pushed.message);
  return response.ok ? response : { ...response, offset: pushed.offset };
};

const broken: Failed = { ok: false, why: 'protocol', offset: 0 };

/** The response that begins with a message, with the blocks that follow. */
export const wholeResponse = async (
  { send, most }: Pick<Deps, 'send' | 'most'>,
  request: OutgoingRequest,
  first: Message,
): Promise<Exchange> => {
  // The payload of a FETCH says what is asked for (RFC 8132 2.3.1); all others are there already.
  const payload =
    request.method === 'FETCH' && request.payload instanceof Uint8Array ? request.payload : NO_BYTES;
  const gathered = await gather(
    first,
    (block2) =>
      send(
        (token) => requestMessage(request, token, payload, [{ number: option.block2, value: block2 }]),
        request.priority ?? 'read',
      ),
    most,
  );
  if (!gathered.ok) return gathered;
  const response = readResponse(gathered.message, gathered.payload);
  return response === undefined ? broken : { ok: true, response };
};
