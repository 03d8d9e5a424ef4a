import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply, Statement } from './db.ts';
import { connectSqlite, executorOn, numberOf } from './sqlite-connection.ts';
import type { Marks } from './sqlite-marks.ts';

/** The one connection that writes: one transaction after the other. */
export type Writer = {
  /** Waits for other writers at the file. */
  readonly begin: () => Promise<void>;
  readonly run: (statement: Statement) => Promise<Reply>;
  /** Commits and flushes. */
  readonly commit: () => Promise<void>;
  /** Takes back what there is of a transaction. */
  readonly rollback: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A writer on the thread of whoever opens it. */
export const openWriter = (file: string, marks: Marks): Writer => {
  const connection = connectSqlite(file);
  connection.exec('pragma busy_timeout = 10');
  const execute = executorOn(connection);
  const [dataVersion, changes] = [numberOf(connection, 'data_version'), changesOn(connection)];
  let [others, before] = [dataVersion(), 0];
  return {
    begin: async () => {
      await begin(connection);
      const version = dataVersion();
      if (version !== others) marks.noteOthers();
      [others, before] = [version, changes()];
    },
    run: async (statement) => execute(statement),
    commit: async () => {
      if (changes() !== before) connection.exec(`pragma user_version = ${marks.next()}`);
      connection.exec('commit');
    },
    rollback: async () => {
      // On some errors, a full disk among them, SQLite has rolled back by itself.
      if (connection.isTransaction) connection.exec('rollback');
    },
    close: async () => connection.close(),
  };
};

/** Does the work in a transaction of this writer, or nothing of it. */
export const transact = async <Answer>(writer: Writer, work: () => Promise<Answer>): Promise<Answer> => {
  await writer.begin();
  try {
    const answer = await work();
    await writer.commit();
    return answer;
  } catch (error) {
    await writer.rollback();
    throw error;
  }
};

/** How many rows were changed over it so far. */
const changesOn = (connection: DatabaseSync): (() => number) => {
  const statement = connection.prepare('select total_changes()');
  statement.setReturnArrays(true);
  return () => Number(statement.get()?.[0]);
};

const PATIENCE = 10_000;
const BUSY = 5;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === BUSY;

/** Waits for another writer at the same file, and lets everything else on this thread go on meanwhile. */
const begin = async (connection: DatabaseSync): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE; ; await sleep(5)) {
    try {
      connection.exec('begin immediate');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
    }
  }
};
