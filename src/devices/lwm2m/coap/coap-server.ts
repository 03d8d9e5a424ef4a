import type { Later } from '../../../app/waker.ts';
import type { SecureDatagram } from '../transport.ts';
import { type CoapLimits, DEFAULT_LIMITS } from './limits.ts';
import { createMessageLayer } from './message-layer.ts';
import type { CoapServer } from './peer.ts';
import { createExchangeServer } from './server.ts';

/** What a CoAP server over datagrams needs from outside. */
export type CoapServerDeps = {
  readonly transport: SecureDatagram;
  readonly clock: () => number;
  readonly later: Later;
  /** So many unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Those that are not given are the default ones. */
  readonly limits?: Partial<CoapLimits>;
};

/** CoAP over datagrams, plain or secured: exchanges over the message layer of RFC 7252. */
export const createCoapServer = ({ transport, limits, ...deps }: CoapServerDeps): CoapServer => {
  const all: CoapLimits = { ...DEFAULT_LIMITS, ...limits };
  const channel = createMessageLayer({ transport, ...deps, limits: all });
  return createExchangeServer({ channel, ...deps, limits: all, isOpen: transport.scheme === 'coap' });
};
