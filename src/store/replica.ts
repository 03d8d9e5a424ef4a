import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ReplicaLook } from '../app/lists.ts';
import { all, type Db, type Reply, raw, type Statement } from './db.ts';

/** A byte position in the log that a replica follows: `pg_lsn` as a number. */
type Position = bigint;

/** How long a replica that lags may take to come to where it is wanted, and how long one that does not, or fails, is left alone. */
export type Patience = { readonly lag: number; readonly answer: number; readonly rest: number };
const usual: Patience = { lag: 200, answer: 1_000, rest: 5_000 };

/** `16/B374D848`: two halves in hexadecimal (https://www.postgresql.org/docs/current/datatype-pg-lsn.html). */
export const positionOf = (text: string): Position => {
  const [, high = '', low = ''] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (low === '') throw new Error(`${text} is not a position in a log`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
};

const ask = async (db: Db, which: string): Promise<Position> => {
  const [row] = await all(db, raw<{ at: string | null }>(db, sql`select ${sql.raw(which)}::text as at`));
  if (!row?.at) throw new Error('not a replica');
  return positionOf(row.at);
};

/** Whoever asks while a question is under way gets the answer to the next one: it may have been asked too early. */
export const nextAnswer = <Answer>(question: () => Promise<Answer>): (() => Promise<Answer>) => {
  let asked: Promise<unknown> = Promise.resolve();
  let next: Promise<Answer> | undefined;
  return () => {
    next ??= asked.then(() => {
      next = undefined;
      const answer = question();
      asked = answer.catch(() => undefined);
      return answer;
    });
    return next;
  };
};

const within = <Answer>(milliseconds: number, answer: Promise<Answer>): Promise<Answer> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer')), milliseconds);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
};

/**
 * Reads at a replica that has everything which the primary had acknowledged when the question came; at the primary where
 * the replica is not so far in time, fails or cannot be reached. So an answer is never older than its question.
 */
export const freshReads = (
  primary: Db,
  replica: Db,
  patience: Patience = usual,
): { readonly lists: Db; readonly look: () => Promise<ReplicaLook> } => {
  const reads = { replica: 0, primary: 0 };
  let down = 0;
  let replayed: Position = -1n;
  const flushed = () => ask(primary, 'pg_current_wal_flush_lsn()');
  const followed = () => within(patience.answer, ask(replica, 'pg_last_wal_replay_lsn()'));
  const acknowledged = nextAnswer(flushed);

  const isFresh = async (): Promise<boolean> => {
    const wanted = await acknowledged();
    const deadline = performance.now() + patience.lag;
    for (let pause = 2; replayed < wanted; pause *= 2) {
      const now = await followed();
      if (now > replayed) replayed = now;
      if (replayed >= wanted) break;
      if (performance.now() + pause > deadline) return false;
      await sleep(pause);
    }
    return true;
  };
  const rest = (): void => {
    down = performance.now() + patience.rest;
    // Another one may stand there when it is back.
    replayed = -1n;
  };
  const tried = async (statement: Statement): Promise<Reply | undefined> => {
    if (performance.now() < down) return undefined;
    try {
      if (await isFresh()) return await replica.run(statement);
      rest();
    } catch (error) {
      // A statement that is at fault is so at the primary too; anything else is the replica's.
      if (primary.engine.failureOf(error) === 'outage') rest();
    }
    return undefined;
  };
  const run = async (statement: Statement): Promise<Reply> => {
    const reply = await tried(statement);
    reads[reply === undefined ? 'primary' : 'replica'] += 1;
    return reply ?? primary.run(statement);
  };
  const look = async (): Promise<ReplicaLook> => {
    const behind = await Promise.all([flushed(), followed()]).then(
      ([wanted, now]) => Math.max(0, Number(wanted - now)),
      () => null,
    );
    return { reads: { ...reads }, behind };
  };
  return { lists: { ...primary, run }, look };
};
