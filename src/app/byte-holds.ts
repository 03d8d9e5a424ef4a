import { HOUR } from '../domain/time.ts';
import type { Clock, Ids } from './ports.ts';
import type { Leases } from './process-ports.ts';
import type { Later } from './waker.ts';

/** While somebody holds them, in whatever process, no package bytes are removed. */
export type ByteHolds = {
  /** Until the answer is called, or its process has been gone for an hour. */
  readonly hold: () => Promise<() => Promise<void>>;
  readonly held: () => Promise<boolean>;
};

const PREFIX = 'bytes/';
const LEASE = HOUR;

type Deps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly later: Later;
};

export const createByteHolds = ({ leases, clock, ids, later }: Deps): ByteHolds => ({
  hold: async () => {
    const holder = ids.uuid();
    let callOff = (): void => undefined;
    const renew = async (): Promise<void> => {
      const now = clock();
      await leases.take(`${PREFIX}${holder}`, holder, now, now + LEASE);
    };
    const again = (): void => {
      callOff = later(() => {
        // What fails now is tried again long before the lease is over.
        renew().catch(() => undefined);
        again();
      }, LEASE / 4);
    };
    await renew();
    again();
    return async () => {
      callOff();
      await leases.release(holder);
    };
  },
  held: () => leases.anyHeld(PREFIX, clock()),
});
