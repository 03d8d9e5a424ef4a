import type { DatabaseSync } from 'node:sqlite';
import type { Store } from '../app/ports.ts';
import type { Database, Db } from './db.ts';
import { migrate } from './migrate.ts';
import { migrations as known } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { openWriterThread } from './sqlite-calls.ts';
import { connectSqlite, executorOn } from './sqlite-connection.ts';
import { sqliteDb } from './sqlite-db.ts';
import { lookOut, marksIn, newMarks } from './sqlite-marks.ts';
import { openWriter, transact } from './sqlite-writer.ts';
import { createStore } from './store.ts';

export type SqliteOptions = {
  readonly migrations?: readonly Migration[];
  /** Writes on a thread of its own, as servers do: what many requests wait for holds up none of the others. */
  readonly thread?: boolean;
};

/** Opens the embedded store in this file, and makes it if need be. */
export const openSqlite = async (file: string, options: SqliteOptions = {}): Promise<Store> => {
  const database = openDatabase(file, options);
  try {
    await migrate(database.write, options.migrations ?? known, Date.now());
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database);
};

/** The database in this file, whatever tables it has. */
export const openDatabase = (file: string, { thread = false }: SqliteOptions = {}): Database => {
  const reader = connectSqlite(file);
  const shared = newMarks();
  const marks = marksIn(shared);
  const { look, writesOfOthers } = lookOut(reader, marks);
  const reading = readingInTurns(reader, look);
  const read = sqliteDb(readerOn(reader, reading.begin));
  const other = thread ? openWriterThread({ file, marks: shared }) : undefined;
  const writer = other ?? openWriter(file, marks);
  const db = sqliteDb(writer.run);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const answer = last.then(() => work().finally(reading.end));
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    read,
    lists: read,
    write: (work) => inTurn(() => transact(writer, () => work(db))),
    // The thread takes one after the other as it is told: groups wait here for no group, and other work for none.
    ...(other && { commit: (changes) => last.then(() => other.group(changes).finally(reading.end)) }),
    writesOfOthers: () => {
      if (!reading.hasLooked()) reading.begin();
      return writesOfOthers();
    },
    close: async () => {
      await last;
      await writer.close();
      reading.end();
      reader.close();
    },
  };
};

type Reading = {
  readonly begin: () => void;
  readonly end: () => void;
  /** Whether it was looked in this turn who has committed. */
  readonly hasLooked: () => boolean;
};

/**
 * Reads of one turn of the event loop share a transaction, since to begin and to end one takes as long as to find
 * a row. It ends with each commit of this process, so that the reads that follow see that; what another process
 * commits is seen in the next turn.
 */
const readingInTurns = (reader: DatabaseSync, look: () => void): Reading => {
  const [beginning, ending] = [reader.prepare('begin'), reader.prepare('commit')];
  const end = (): void => {
    if (reader.isOpen && reader.isTransaction) ending.run();
  };
  let hasLooked = false;
  const endTurn = (): void => {
    hasLooked = false;
    end();
  };
  const begin = (): void => {
    if (reader.isTransaction) return;
    beginning.run();
    look();
    if (!hasLooked) setImmediate(endTurn);
    hasLooked = true;
  };
  return { begin, end, hasLooked: () => hasLooked };
};

const readerOn = (reader: DatabaseSync, begin: () => void): Db['run'] => {
  const execute = executorOn(reader);
  return async (statement) => {
    begin();
    return execute(statement);
  };
};
