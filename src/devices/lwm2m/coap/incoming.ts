import { createAssemblies } from './assemblies.ts';
import { encodeBlock } from './block.ts';
import type { ChannelEvents, Reply } from './channel.ts';
import type { CoapLimits } from './limits.ts';
import { codeByte, type Option, option, uint } from './message.ts';
import type { CoapHandlers, CoapPeer } from './peer.ts';
import { type IncomingRequest, readRequest } from './requests.ts';
import { bare, replyTo } from './responses.ts';

type Deps = {
  readonly clock: () => number;
  readonly limits: CoapLimits;
  readonly handlers: Pick<CoapHandlers, 'request'>;
  readonly peerOf: (from: CoapPeer['association']) => CoapPeer;
};

/** What devices ask of us. */
export type Incoming = {
  readonly request: ChannelEvents['request'];
  /** Lets go of what came of a request so far. */
  readonly gone: (key: string) => void;
};

const CONTINUE = codeByte('2.31');
const INTERNAL = codeByte('5.00');
const UNAVAILABLE = codeByte('5.03');
/** When to ask again, in seconds. */
const BUSY: readonly Option[] = [{ number: option.maxAge, value: uint(30) }];

/** Puts requests together from their blocks, has them handled, and answers them block by block. */
export const createIncoming = ({ clock, limits, handlers, peerOf }: Deps): Incoming => {
  const assemblies = createAssemblies(clock, limits);
  let handling = 0;

  const handle = async (from: CoapPeer['association'], request: IncomingRequest): Promise<Reply> => {
    const { block1, block2: _, size1: _size, tag: _tag, ...whole } = request;
    const reply = await replyTo(request, await handlers.request(peerOf(from), whole));
    const echo = block1 && { number: option.block1, value: encodeBlock({ ...block1, more: false }) };
    return echo === undefined ? reply : { ...reply, options: [...reply.options, echo] };
  };

  const blockAlone = (code: number, { block1 }: IncomingRequest): Reply =>
    block1 === undefined || code !== CONTINUE
      ? bare(code)
      : bare(code, [{ number: option.block1, value: encodeBlock(block1) }]);

  return {
    gone: assemblies.forget,
    request: (from, message, reply) => {
      const read = readRequest(message);
      if (!read.ok) {
        reply(bare(read.code));
        return;
      }
      const assembled = assemblies.add(from.key, read.request);
      if (!assembled.ok) {
        reply(blockAlone(assembled.code, read.request));
        return;
      }
      if (handling >= limits.handling) {
        reply(bare(UNAVAILABLE, BUSY));
        return;
      }
      handling += 1;
      handle(from, { ...read.request, payload: assembled.payload })
        .catch(() => bare(INTERNAL))
        .then((answer) => {
          handling -= 1;
          reply(answer);
        })
        // A response that cannot be put into a message: there is nobody else to tell.
        .catch(() => undefined);
    },
  };
};
