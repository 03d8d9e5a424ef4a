import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Day, DayOptions } from './day.ts';

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A day, or why there is none. */
export type Simulated = { readonly options: DayOptions } & (
  | { readonly day: Day }
  | { readonly error: string }
);

const answerOf = async (child: ChildProcess, options: DayOptions): Promise<Simulated> => {
  child.send(options);
  const ended = once(child, 'exit').then(() => [{ error: 'the process ended' }]);
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  return { options, ...answer };
};

/** Simulates many days, spread over processes; each is told as soon as it is over. */
export const simulateDays = async (
  all: Iterable<DayOptions>,
  tell: (simulated: Simulated) => void,
  processes = availableParallelism(),
): Promise<void> => {
  const left = all[Symbol.iterator]();
  const run = async (): Promise<void> => {
    let child = fork(worker, [], { execArgv: ['--no-warnings'] });
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const simulated = await answerOf(child, next.value);
      tell(simulated);
      if ('error' in simulated) {
        child.kill();
        child = fork(worker, [], { execArgv: ['--no-warnings'] });
      }
    }
    child.disconnect();
  };
  await Promise.all(Array.from({ length: processes }, run));
};
