import type { CoapLimits } from '../coap/limits.ts';
import type { CoapServer } from '../coap/peer.ts';
import { createExchangeServer } from '../coap/server.ts';
import { createStreamChannel, type StreamChannelDeps } from './channel.ts';

/** What a CoAP server over streams needs from outside; `exchanges` bounds what is above the connections. */
export type CoapStreamServerDeps = StreamChannelDeps & {
  /** So many unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly exchanges?: Partial<CoapLimits>;
};

/** CoAP over TCP or TLS (RFC 8323), as the door is: exchanges over connections. */
export const createCoapStreamServer = (deps: CoapStreamServerDeps): CoapServer => {
  const { clock, later, random } = deps;
  const channel = createStreamChannel(deps);
  return createExchangeServer({
    channel,
    clock,
    later,
    random,
    ...(deps.exchanges && { limits: deps.exchanges }),
  });
};
