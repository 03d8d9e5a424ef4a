import { type Instant, MINUTE } from '../../domain/time.ts';
import type { Log } from './deps.ts';
import { createRateLimit, prefixOf } from './secure/rate.ts';
import type { Association } from './transport.ts';

type Source = Pick<Association, 'address' | 'identity'>;

/**
 * How many registrations a network may begin where nothing is proven: names of devices can be guessed, and each one that
 * is tried costs looks into the store. Who has shown a key is not counted.
 */
export type RegistrationRate = {
  /** Whether one more is within the rate. */
  readonly allows: (source: Source) => boolean;
  /** It was nobody that may register, which costs as much as eight that may. */
  readonly refused: (source: Source) => void;
};

type Deps = {
  readonly clock: () => Instant;
  readonly log: Log;
  readonly salt: Uint8Array;
  /** So many in the long run, and ten times as many at once. */
  readonly perSecond: number;
};

const BURST = 10;
/** What one that is refused costs beside what all cost. */
const REFUSED = 7;
/** One line in this time, however many networks there are. */
const TELL_EVERY = MINUTE;

export const createRegistrationRate = ({ clock, log, salt, perSecond }: Deps): RegistrationRate => {
  const rate = createRateLimit({ perSecond, burst: BURST * perSecond }, clock, salt);
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (network: string): void => {
    const now = clock();
    if (now - toldAt < TELL_EVERY) return;
    toldAt = now;
    log.warn({ network }, 'a network begins more registrations than it may: it is told to come later');
  };

  return {
    allows: ({ address, identity }) => {
      if (identity !== undefined) return true;
      const isWithin = rate.take(prefixOf(address));
      if (!isWithin) tell(prefixOf(address));
      return isWithin;
    },
    refused: ({ address, identity }) => {
      if (identity === undefined) rate.take(prefixOf(address), REFUSED);
    },
  };
};
