import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { MINUTE } from '../domain/time.ts';

/** A piece of standing work. `run` answers whether there is likely more to do at once. */
export type Task = {
  readonly name: string;
  /** How long it rests when there was nothing to do, in milliseconds. */
  readonly every: number;
  readonly run: (isStopping: () => boolean) => Promise<boolean>;
};

export type Background = {
  /** There may be work: the task of this name looks now; without one, all that look at least every minute. */
  readonly wake: (name?: string) => void;
  /** Finishes the runs under way; nothing runs after. */
  readonly stop: () => Promise<void>;
};

/** Runs each task over and over, one run of a task at a time; a run that fails is logged and tried again later. */
export const startBackground = (tasks: readonly Task[], logger: FastifyBaseLogger): Background => {
  let stopped = false;
  const loops = new Map(tasks.map((task) => [task.name, startLoop(task, () => stopped, logger)]));
  const looking = tasks.filter(({ every }) => every < MINUTE).map(({ name }) => name);
  return {
    wake: (name) => {
      for (const one of name === undefined ? looking : [name]) loops.get(one)?.wake();
    },
    stop: async () => {
      stopped = true;
      for (const { wake } of loops.values()) wake();
      await Promise.all([...loops.values()].map(({ done }) => done));
    },
  };
};

/** So long a task rests that found nothing, in milliseconds, however often it is woken: under load somebody always does. */
const BREATH = 10;

const startLoop = (task: Task, isStopped: () => boolean, logger: FastifyBaseLogger) => {
  let awake = false;
  let rouse = (): void => undefined;
  const wake = (): void => {
    awake = true;
    rouse();
  };
  const rest = async (): Promise<void> => {
    await sleep(BREATH);
    if (awake) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, task.every);
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const loop = async (): Promise<void> => {
    while (!isStopped()) {
      awake = false;
      if (await runOnce(task, isStopped, logger)) continue;
      await rest();
    }
  };
  return { wake, done: loop() };
};

const runOnce = async (
  task: Task,
  isStopping: () => boolean,
  logger: FastifyBaseLogger,
): Promise<boolean> => {
  try {
    return await task.run(isStopping);
  } catch (error) {
    logger.error({ err: error, task: task.name }, 'background task failed; it will be tried again');
    return false;
  }
};
