import { type ProtocolSessions, type SessionWrite, sessionKinds } from '../app/protocol-ports.ts';
import { type Database, type Db, pageOf } from './db.ts';
import { cursorOf, findSession, findSessionByName, listSessions, writeSessions } from './queries/sessions.ts';
import { one } from './readers.ts';
import { indexOf } from './rows/codec.ts';
import { fromSessionRow, type SessionPlaceCells, toPlaceCells, toSessionCells } from './rows/session.ts';
import { distinct, placeOf } from './session-batches.ts';
import { groupSaves } from './session-group.ts';

const nameOf = ({ k, a, d }: SessionPlaceCells): string => `${k}/${a}/${d}`;

const writtenNames = async (db: Db, batch: readonly SessionWrite[]): Promise<ReadonlySet<string>> => {
  const cells = (writes: readonly SessionWrite[]) =>
    writes.map(({ account, value, was }) => toSessionCells(account, value, was?.version ?? 0));
  const written = [
    await writeSessions(db, 'replace', cells(batch.filter(({ was }) => was !== undefined))),
    await writeSessions(db, 'insert', cells(batch.filter(({ was }) => was === undefined))),
  ];
  return new Set(written.flat().map(nameOf));
};

/** Writes them one after the other as far as it shows, and in few statements. Gives those that were not written. */
const saveAll = async (db: Db, sessions: readonly SessionWrite[]): Promise<ReadonlySet<SessionWrite>> => {
  const left = new Set<SessionWrite>();
  for (const batch of distinct(sessions)) {
    const written = await writtenNames(db, batch);
    for (const one of batch) {
      if (!written.has(nameOf(toPlaceCells(placeOf(one))))) left.add(one);
    }
  }
  return left;
};

const ATTEMPTS = 8;

/** Writes, and again when another transaction was in the way, or took a name between the look and the write. */
const insisting = async <Answer>(
  database: Database,
  work: (db: Db) => Promise<Answer>,
  attempts = ATTEMPTS,
): Promise<Answer> => {
  try {
    return await database.write(work);
  } catch (error) {
    const failure = database.read.engine.failureOf(error);
    if (attempts === 1 || (failure !== 'conflict' && failure !== 'duplicate')) throw error;
    return insisting(database, work, attempts - 1);
  }
};

/** What device protocols keep between two messages. */
export const protocolSessions = (database: Database): ProtocolSessions => {
  const { read } = database;
  return {
    find: (account, device, kind) =>
      one(findSession(read, account, device, indexOf(sessionKinds, kind)), fromSessionRow),
    findByName: async (kind, name) => {
      // Names come from devices, and no column holds a NUL.
      if (name.includes('\0')) return undefined;
      return one(findSessionByName(read, indexOf(sessionKinds, kind), name), fromSessionRow);
    },
    list: async (kind, page) =>
      pageOf(await listSessions(read, kind, page), page.limit, cursorOf, fromSessionRow),
    save: groupSaves((sessions) => insisting(database, (db) => saveAll(db, sessions))),
  };
};
