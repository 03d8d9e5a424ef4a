import { DAY, HOUR } from '../../../domain/time.ts';
import type { Rate } from './rate.ts';

/** Bounds of one DTLS listener. */
export type DtlsLimits = {
  /** Associations; who was quiet for longest is forgotten for a new one. */
  readonly associations: number;
  /** Handshakes under way; hellos beyond are dropped, and come again by themselves. */
  readonly handshakes: number;
  /** Handshakes from one network (see `prefixOf`), each with a proven address; a wrong key counts as eight. */
  readonly rate: Rate;
  /** Milliseconds after which an association is forgotten that nothing was heard from. */
  readonly idle: number;
  /** Milliseconds after which the key of a device that is heard from is looked up again, so that a revoked one ends. */
  readonly recheck: number;
};

export const DEFAULT_DTLS_LIMITS: DtlsLimits = {
  associations: 200_000,
  handshakes: 10_000,
  rate: { perSecond: 100, burst: 1000 },
  idle: 7 * DAY,
  recheck: HOUR,
};

/** What a wrong key costs of the rate. */
export const WRONG_KEY_COST = 8;
