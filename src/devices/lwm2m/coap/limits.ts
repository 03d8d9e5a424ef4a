import type { Timing } from './peer.ts';

/** Bounds of one listening endpoint, over all its peers unless they say otherwise. */
export type CoapLimits = {
  /** Peers whose message ids and latest messages are remembered; the one that was quiet longest is forgotten first. */
  readonly peers: number;
  /** Messages of one peer that are remembered with their replies. */
  readonly remembered: number;
  /** Requests to one peer that may wait; those beyond are answered with `timeout` at once. */
  readonly queue: number;
  /** Requests of devices that are answered at a time; those beyond are told 5.03. */
  readonly handling: number;
  /** Bytes of a request of a device after its blocks were put together. */
  readonly request: number;
  /** Bytes of a response of a device after its blocks were put together. */
  readonly response: number;
  /** Requests of devices that wait for their next block. */
  readonly assemblies: number;
  /** How long a handler may think, in milliseconds, before an empty ACK goes ahead of its response. */
  readonly acknowledgeAfter: number;
};

export const DEFAULT_LIMITS: CoapLimits = {
  peers: 131_072,
  remembered: 8,
  queue: 64,
  handling: 10_000,
  request: 16 * 1024,
  response: 256 * 1024,
  assemblies: 1000,
  acknowledgeAfter: 500,
};

/** RFC 7252 4.8; a separate response has as long as all transmissions of a request together. */
export const DEFAULT_TIMING: Timing = {
  ackTimeout: 2000,
  ackRandomFactor: 1.5,
  maxRetransmit: 4,
  responseTimeout: 93_000,
};

/** How long a message id stands for the same message, in milliseconds: RFC 7252 4.8.2. */
export const EXCHANGE_LIFETIME = 247_000;
export const NON_LIFETIME = 145_000;
