import type { Association } from '../transport.ts';

export type CoapMethod = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'FETCH' | 'PATCH' | 'iPATCH';

/** A code such as `2.05` or `4.04`. */
export type CoapCode = `${number}.${number}`;

/** A whole request, after its blocks were put together. Names as they came, percent signs included. */
export type CoapRequest = {
  readonly method: CoapMethod;
  readonly path: readonly string[];
  readonly query: readonly string[];
  readonly contentFormat?: number | undefined;
  readonly accept?: number | undefined;
  readonly payload: Uint8Array;
};

/** A whole response, after its blocks were put together. */
export type CoapResponse = {
  readonly code: CoapCode;
  readonly contentFormat?: number | undefined;
  readonly locationPath?: readonly string[] | undefined;
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly payload: Uint8Array;
};

/** Bytes that are sent or served block by block, never held whole. `read` may be asked for the same bytes again. */
export type BlockSource = {
  readonly size: number;
  readonly etag?: Uint8Array | undefined;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
};

/** What this server sends to a device. `payload` of a PUT or POST may be a source, sent with Block1. */
export type OutgoingRequest = Omit<CoapRequest, 'payload' | 'query'> & {
  readonly query?: readonly string[];
  readonly payload?: Uint8Array | BlockSource;
  /** Bytes of a block as an exponent, 0 to 6 for 16 to 1,024 bytes; 6 unless given. */
  readonly szx?: number;
  /** Bytes that the device has acknowledged so far. */
  readonly progress?: (sent: number) => void;
  /** Offset at which an interrupted Block1 transfer goes on; a multiple of the block size. */
  readonly from?: number;
  /** Others of the same device wait for those before; blocks of a transfer give way to reads between two blocks. */
  readonly priority?: 'read' | 'block' | 'observe';
};

/** What a device answers; or why there is no answer. `code` and `offset` of a transfer tell how far it came. */
export type Exchange =
  | { readonly ok: true; readonly response: CoapResponse }
  /** No acknowledgement or no response within the times of the profile. */
  | { readonly ok: false; readonly why: 'timeout'; readonly offset: number }
  /** The device answered with RST; or the association is gone, it was dropped, or its source could not be read. */
  | { readonly ok: false; readonly why: 'reset' | 'gone'; readonly offset: number }
  /** Its answers broke the rules of block-wise transfer. */
  | { readonly ok: false; readonly why: 'protocol'; readonly offset: number };

/** Times of RFC 7252 4.8, in milliseconds, for one device: NB-IoT needs longer ones. */
export type Timing = {
  readonly ackTimeout: number;
  readonly ackRandomFactor: number;
  readonly maxRetransmit: number;
  /** How long to wait for a separate response after the empty ACK. */
  readonly responseTimeout: number;
};

/** A device's end of the conversation. All of it is in memory: nothing here outlives the process. */
export interface CoapPeer {
  readonly association: Association;
  /** Sends a request once those before it of the same device are answered (NSTART 1). Never rejects. */
  request(request: OutgoingRequest, timing?: Timing): Promise<Exchange>;
  /**
   * Observes a resource under a token of the caller's choice; `established` is false when the device answered without
   * the option. Notifications that are older than the newest are not told (RFC 7641 3.4).
   */
  observe(
    request: Pick<OutgoingRequest, 'path' | 'accept'> & { readonly token: Uint8Array },
    timing?: Timing,
  ): Promise<Exchange & { readonly established?: boolean }>;
  /** GET with Observe 1; forgets the token whatever comes of it. */
  cancelObservation(
    request: { readonly path: readonly string[]; readonly token: Uint8Array },
    timing?: Timing,
  ): void;
  /** Drops what waits for this device; each is answered with `gone`. */
  drop(): void;
}

/** What the endpoint above decides; handlers never throw and never reject. */
export type CoapHandlers = {
  /** A request of a device; a `BlockSource` in place of a payload is served with Block2. */
  readonly request: (
    peer: CoapPeer,
    request: CoapRequest,
  ) => Promise<Omit<CoapResponse, 'payload'> & { readonly payload: Uint8Array | BlockSource }>;
  /** Whether a token stands for an observation that is wanted; others are answered with RST. */
  readonly knows: (peer: CoapPeer, token: Uint8Array) => boolean;
  readonly notified: (peer: CoapPeer, token: Uint8Array, response: CoapResponse) => void;
  readonly gone: (peer: CoapPeer) => void;
};

/** One listening endpoint: over datagrams with the message layer of RFC 7252, or over streams as in RFC 8323. */
export interface CoapServer {
  listen(handlers: CoapHandlers): Promise<{ readonly address: string; readonly port: number }>;
  /**
   * A device that registered before this process began, by the `key` of its association then; where only the device can
   * open the way (DTLS, streams) there is no such function, or nothing is answered.
   */
  reach?(association: Omit<Association, 'identity'>): CoapPeer | undefined;
  close(): Promise<void>;
}
