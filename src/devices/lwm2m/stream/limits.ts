import { DAY, HOUR, SECOND } from '../../../domain/time.ts';
import type { Rate } from '../secure/rate.ts';

/** Bounds of one listener for CoAP over streams. Times in milliseconds. */
export type StreamLimits = {
  /** Connections, those included that have proven nothing yet; more are closed at once. */
  readonly connections: number;
  /** Connections that have not yet said who they are; more are closed at once. */
  readonly unproven: number;
  /** Connections to TLS from one network (see `prefixOf`). */
  readonly rate: Rate;
  /** Bytes of one message of a device. */
  readonly message: number;
  /** Bytes that wait for a device which does not read; it is cut off beyond. */
  readonly unsent: number;
  /** For the TLS handshake. */
  readonly handshake: number;
  /** For the CSM, and from then on for the rest of a message that has begun. */
  readonly patience: number;
  /** A connection on which nothing came for so long is closed. */
  readonly idle: number;
  /** After which the key of a device that is heard from is looked up again, so that a revoked one ends. */
  readonly recheck: number;
};

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  connections: 20_000,
  unproven: 2000,
  rate: { perSecond: 100, burst: 1000 },
  message: 20 * 1024,
  unsent: 256 * 1024,
  handshake: 30 * SECOND,
  patience: 30 * SECOND,
  idle: DAY,
  recheck: HOUR,
};
