import type { Association } from '../transport.ts';
import type { Message } from './message.ts';
import type { Timing } from './peer.ts';

/** A response without its token: the channel puts in that of the request. */
export type Reply = Omit<Message, 'token'>;

/** What became of a request that was handed to a channel. */
export type Delivery =
  /**
   * The other side has it; the response may come at any time. Datagrams: an empty ACK came. Streams: at once, as soon as
   * the bytes were written, since TCP delivers (it may be told before `send` returns).
   */
  | 'acknowledged'
  /** Datagrams only: no acknowledgement after the last retransmission. */
  | 'timeout'
  /** Datagrams only: it was answered with RST. */
  | 'reset'
  /** There is no such association any more. */
  | 'gone';

/**
 * What a channel tells the exchange layer above it. None of these throws; each is called from the event loop, one at a
 * time. What is malformed, empty, a ping, a signal or a duplicate stays in the channel.
 */
export type ChannelEvents = {
  /**
   * A request came (code 0.01 to 0.31), once however often it was sent. `reply` is called exactly once, at once or much
   * later; the channel finds the way back: piggybacked, separate or non-confirmable over datagrams, simply written over
   * streams. To an association that is gone it is nothing.
   */
  readonly request: (from: Association, message: Message, reply: (reply: Reply) => void) => void;
  /**
   * Whether somebody wants a response with this token. Datagrams ask before they acknowledge, and answer with RST where
   * it is false; streams need not ask and may hand over every response.
   */
  readonly expects: (from: Association, token: Uint8Array) => boolean;
  /** A response or a notification came; what nobody expects is ignored. */
  readonly response: (from: Association, message: Message) => void;
  /** An association was closed: what waits for it is answered with `gone`. */
  readonly gone: (key: string) => void;
};

/**
 * The message layer below the exchanges, for all peers of one listening endpoint: RFC 7252 section 4 over datagrams
 * (`message-layer.ts`), RFC 8323 over streams. It knows message ids, types, acknowledgements, retransmission, duplicates
 * (datagrams) or framing, CSM, Ping, Release and Abort (streams); it knows no blocks, observations, paths or queues.
 * The exchange layer sends one request at a time to a peer, with payloads of at most 1,024 bytes: a message is below the
 * 1,152 bytes that every stream peer takes before its CSM, and nothing here uses BERT (do not offer block-wise in a CSM).
 */
export interface Channel {
  listen(events: ChannelEvents): Promise<{ readonly address: string; readonly port: number }>;
  /**
   * Sends a request. `told` is called at most once with `acknowledged` and at most once with one of the others, and
   * not any more after the answer of `send` was called: the exchange layer does that when the response is there or
   * nobody waits for it any more, and the channel then stops to retransmit. The response itself comes by
   * `events.response`. `timing` is ignored by streams: how long to wait for the response is up to the exchange layer.
   */
  send(
    to: Pick<Association, 'key'>,
    request: Message,
    timing: Timing,
    told: (what: Delivery) => void,
  ): () => void;
  /** Ends all of it; tells nothing more. */
  close(): Promise<void>;
}
