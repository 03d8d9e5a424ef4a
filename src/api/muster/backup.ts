import { makeBackup } from '../../app/backup.ts';
import type { Backups } from '../../app/backup-ports.ts';
import type { ByteHolds } from '../../app/byte-holds.ts';
import { attachment } from '../../app/file-name.ts';
import type { Clock, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import { MINUTE } from '../../domain/time.ts';
import { toStream } from '../../http/download.ts';
import type { backupRoutes } from '../../wire/muster/backup.ts';
import type { Handlers } from './call.ts';

/** `muster-2026-11-21T08-00-00Z.tar`: a name that every file system takes. */
const fileName = (at: number): string =>
  `muster-${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}Z.tar`;

/** A client that takes nothing for so long is gone: meanwhile the database cannot forget what was. */
const STALLED = 5 * MINUTE;

/** The whole server as a file. */
export const backupHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly holds: ByteHolds;
  readonly backups: Backups;
}): Handlers<typeof backupRoutes> => ({
  makeBackup: async ({ caller, query, reply }) => {
    const bytes = await makeBackup(deps, caller, { withKey: query.key ?? false });
    reply.raw.setTimeout(STALLED, () => reply.raw.destroy());
    void reply
      .type('application/x-tar')
      .header('content-disposition', attachment(fileName(deps.clock())))
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-store')
      .send(toStream(bytes));
    return ok(undefined);
  },
});
