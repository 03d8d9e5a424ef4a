import { StorageFull, type Store } from '../app/ports.ts';
import { commitGroup } from './commit.ts';
import type { Database } from './db.ts';
import { createEpochs } from './epochs.ts';
import { fleetHistory } from './fleet-history.ts';
import { groupCommit, type Settled } from './group.ts';
import { watchWrites } from './outage.ts';
import { leases, uploads } from './processes.ts';
import { documents, push } from './push-reader.ts';
import { readNow } from './queries/clock.ts';
import { deleteOldIdempotency } from './queries/idempotency.ts';
import { deleteOldLeases } from './queries/leases.ts';
import { deleteExpiredSessions } from './queries/sessions.ts';
import { deleteMinutes } from './queries/tallies.ts';
import { deleteExpiredTokens } from './queries/tokens.ts';
import { catalogue, fleet, journal, people } from './readers.ts';
import { protocolSessions } from './sessions.ts';
import { rememberUpdates } from './update-memory.ts';

/** Writes that find no room say so in the port's own word. */
const tellingFull = (database: Database): Database => {
  const { read, write, commit } = database;
  const told = (error: unknown): unknown => (read.engine.isFull(error) ? new StorageFull(error) : error);
  const toldIn = (settled: Settled): Settled =>
    'error' in settled ? { error: told(settled.error) } : settled;
  return {
    ...database,
    write: (work) =>
      write(work).catch((error: unknown) => {
        throw told(error);
      }),
    ...(commit && { commit: async (changes) => (await commit(changes)).map(toldIn) }),
  };
};

/** As many changes go to another thread at least, unless the turn of the event loop ends before there are so many. */
const SENT_TOGETHER = 16;

/** The port over a database that has its tables. */
export const createStore = (engineDatabase: Database): Store => {
  const { database, ping } = watchWrites(engineDatabase);
  return storeOn(tellingFull(database), ping);
};

const storeOn = (database: Database, ping: Store['ping']): Store => {
  const epochs = createEpochs(database.writesOfOthers);
  const commit = database.commit ?? ((changes) => commitGroup(database, changes));
  const updates = rememberUpdates(epochs.contacts);
  return {
    ping,
    now: async () => Number((await readNow(database.read))[0]?.now),
    close: database.close,
    replica: async () => database.replica?.(),
    // Noted after the commit, since what is read before it is of the epoch before, and whatever came of it.
    commit: groupCommit(async (changes) => {
      let carry = (): void => undefined;
      try {
        const settled = await commit(changes);
        carry = updates.carry(changes, settled);
        return settled;
      } finally {
        epochs.note(changes);
        carry();
      }
    }, database.commit && SENT_TOGETHER),
    identityEpoch: () => epochs.of('identity'),
    contactEpochs: epochs.contacts,
    ...people(database, epochs),
    ...fleet(database, epochs),
    ...catalogue(database, epochs, updates),
    ...journal(database),
    documents: documents(database),
    ...push(database),
    protocolSessions: protocolSessions(database),
    fleetHistory: fleetHistory(database),
    leases: leases(database),
    uploads: uploads(database),
    expire: (before, minutesBefore = before) =>
      database
        .write(async (db) => {
          await deleteExpiredTokens(db, before);
          await deleteExpiredSessions(db, before);
          await deleteOldIdempotency(db, before);
          await deleteMinutes(db, minutesBefore);
          await deleteOldLeases(db, before);
        })
        .finally(epochs.noteAll),
  };
};
