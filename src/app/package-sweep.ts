import { DAY, HOUR } from '../domain/time.ts';
import type { Blobs } from './blobs.ts';
import type { ByteHolds } from './byte-holds.ts';
import type { Clock, Store } from './ports.ts';

/** An upload's bytes are stored before its package is; this is how long that may take at most. */
const GRACE = HOUR;
/** No put takes longer to be stored. */
const LONGEST_PUT = DAY;

/**
 * Removes the bytes that no package of any account has, once they were there for an hour, and answers how
 * many blobs went. Safe while uploads run: those renew the age of the bytes they bring, known ones too, and
 * a blob renewed after it was looked at stays. While somebody holds the bytes, all stay. What puts that never ended have
 * left goes after a day.
 */
export const sweepBytes = async ({
  store,
  blobs,
  clock,
  holds,
}: {
  readonly store: Pick<Store, 'packages'>;
  readonly blobs: Pick<Blobs, 'list' | 'remove' | 'abandon'>;
  readonly clock: Clock;
  readonly holds: Pick<ByteHolds, 'held'>;
}): Promise<number> => {
  await blobs.abandon(clock() - LONGEST_PUT);
  const before = clock() - GRACE;
  let removed = 0;
  for await (const { sha256, storedAt } of blobs.list()) {
    if (storedAt >= before || (await store.packages.hasBytes(sha256))) continue;
    // Looked at last: whoever holds them from now on reads the packages later, and these are of none.
    if (await holds.held()) break;
    await blobs.remove(sha256, before);
    removed += 1;
  }
  return removed;
};
