import { noteBackup } from './audit-notes.ts';
import type { Backups } from './backup-ports.ts';
import type { ByteHolds } from './byte-holds.ts';
import type { Caller } from './caller.ts';
import type { Clock, Store } from './ports.ts';

type Deps = {
  readonly store: Pick<Store, 'commit'>;
  readonly clock: Clock;
  readonly holds: Pick<ByteHolds, 'hold'>;
  readonly backups: Backups;
};

/** What is deleted from here on keeps its bytes until they are in the file. */
async function* holding(
  { holds, backups }: Pick<Deps, 'holds' | 'backups'>,
  withKey: boolean,
): AsyncGenerator<Uint8Array, void> {
  const release = await holds.hold();
  try {
    yield* backups.write({ withKey });
  } finally {
    await release();
  }
}

/** The same bytes, of which the first are there already: what cannot begin at all is told before anything is sent. */
const begun = async (bytes: AsyncGenerator<Uint8Array, void>): Promise<AsyncIterable<Uint8Array>> => {
  let first: IteratorResult<Uint8Array, void> | undefined = await bytes.next();
  const iterator: AsyncIterator<Uint8Array, void> = {
    next: async () => {
      const kept = first;
      first = undefined;
      return kept ?? bytes.next();
    },
    return: () => bytes.return(),
  };
  return { [Symbol.asyncIterator]: () => iterator };
};

/**
 * All accounts, and the bytes of their packages, as one file (docs/backup.md): as they are at one instant after this is
 * called. Whoever stops reading must say so (`return`). With the key, the file opens every secret there is.
 */
export const makeBackup = async (
  deps: Deps,
  caller: Pick<Caller, 'account' | 'actor'>,
  { withKey }: { readonly withKey: boolean },
): Promise<AsyncIterable<Uint8Array>> => {
  await noteBackup(deps, caller, { withKey });
  return begun(holding(deps, withKey));
};
