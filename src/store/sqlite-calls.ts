import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Change, Committed } from '../app/writes.ts';
import type { Reply, Statement } from './db.ts';
import { MisfitError } from './engine.ts';
import type { Settled } from './group.ts';
import type { Writer } from './sqlite-writer.ts';

/** What the thread works on: a file, and the memory of its marks. */
export type Place = { readonly file: string; readonly marks: Int32Array<SharedArrayBuffer> };

/** Where this process keeps modules compiled, if it does. */
const compiled = (): string | undefined => {
  const directory = getCompileCacheDir();
  return directory === undefined ? undefined : dirname(directory);
};

/** What the thread is asked to do; it answers one call after the other. */
export type Call =
  | { readonly do: 'begin' | 'commit' | 'rollback' | 'close' }
  | { readonly do: 'run'; readonly statement: Pick<Statement, 'sql' | 'parameters' | 'each'> }
  | Group;

/** Changes as JSON, which is four times as quick as a copy of them is. */
export type Group = { readonly do: 'group'; readonly changes: string };

/** An error as it goes from one thread to another, with the codes that a copy of it would lose. */
type Fault = {
  readonly message: string;
  readonly misfit: boolean;
  readonly code: string | undefined;
  readonly errcode: number | undefined;
};

export type Answer = { readonly value: unknown } | { readonly error: Fault };
type Told = { readonly committed: Committed } | { readonly error: Fault };

export const faultOf = (error: unknown): Fault => {
  const { code, errcode } = Object(error) as { readonly code?: string; readonly errcode?: number };
  const message = error instanceof Error ? error.message : String(error);
  return { message, misfit: error instanceof MisfitError, code, errcode };
};

const errorOf = ({ message, misfit, code, errcode }: Fault): Error =>
  misfit ? new MisfitError(message) : Object.assign(new Error(message), { code, errcode });

/** A writer that commits groups of changes by itself too. */
export type GroupWriter = Writer & {
  readonly group: (changes: readonly Change[]) => Promise<readonly Settled[]>;
};

/**
 * A writer on a thread of its own. Where that ends by itself every call fails from then on, as of a database that
 * cannot be written to.
 */
export const openWriterThread = (place: Place): GroupWriter => {
  const worker = new Worker(new URL('./sqlite-thread.mjs', import.meta.url), {
    workerData: { ...place, compiled: compiled() },
  });
  const waiting: PromiseWithResolvers<unknown>[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the thread that writes has ended')));
  worker.on('message', (answer: Answer) => {
    const first = waiting.shift();
    // Idle, it keeps no process alive.
    if (waiting.length === 0) worker.unref();
    if ('error' in answer) first?.reject(errorOf(answer.error));
    else first?.resolve(answer.value);
  });
  worker.unref();
  const ask = async (call: Call): Promise<unknown> => {
    if (failure !== undefined) throw failure;
    const answer = Promise.withResolvers<unknown>();
    if (waiting.push(answer) === 1) worker.ref();
    worker.postMessage(call);
    return answer.promise;
  };
  const does = (what: 'begin' | 'commit' | 'rollback' | 'close') => async (): Promise<void> => {
    await ask({ do: what });
  };
  return {
    begin: does('begin'),
    run: async ({ sql, parameters, each }) =>
      (await ask({ do: 'run', statement: { sql, parameters, each } })) as Reply,
    commit: does('commit'),
    rollback: does('rollback'),
    group: async (changes) => {
      const told = (await ask({ do: 'group', changes: JSON.stringify(changes) })) as readonly Told[];
      return told.map((one) => ('error' in one ? { error: errorOf(one.error) } : one));
    },
    close: async () => {
      await does('close')().finally(() => worker.terminate());
    },
  };
};
