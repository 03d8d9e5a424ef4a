import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Day, DayOptions } from './day.ts';

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A day, or why there is none. */
export type Simulated = { readonly options: DayOptions } & (
  | { readonly day: Day }
  | { readonly error: string }
);

type Worker = { readonly child: ChildProcess; readonly ended: Promise<readonly unknown[]> };

const startWorker = (): Worker => {
  const child = fork(worker, [], {
    // A day leaves much behind that lives briefly.
    execArgv: ['--no-warnings', '--max-semi-space-size=32'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'muster-compile-cache') },
  });
  return { child, ended: once(child, 'exit').then(() => [{ error: 'the process ended' }]) };
};

const answerOf = async ({ child, ended }: Worker, options: DayOptions): Promise<Simulated> => {
  const answered = Promise.withResolvers<readonly unknown[]>();
  const take = (message: unknown): void => answered.resolve([message]);
  child.once('message', take);
  child.send(options);
  const [answer] = await Promise.race([answered.promise, ended]);
  child.off('message', take);
  return { options, ...(answer as { readonly day: Day } | { readonly error: string }) };
};

/** Simulates many days, spread over processes; each is told as soon as it is over. */
export const simulateDays = async (
  all: Iterable<DayOptions>,
  tell: (simulated: Simulated) => void,
  processes = availableParallelism(),
): Promise<void> => {
  const left = all[Symbol.iterator]();
  const run = async (): Promise<void> => {
    let working = startWorker();
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const simulated = await answerOf(working, next.value);
      tell(simulated);
      if ('error' in simulated) {
        working.child.kill();
        working = startWorker();
      }
    }
    working.child.disconnect();
  };
  await Promise.all(Array.from({ length: processes }, run));
};
