import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Load, Order, Traffic } from './traffic.ts';

export type Generator = {
  /** Throws when a reply had another status than 200. */
  readonly run: (traffic: Traffic, milliseconds: number) => Promise<Load>;
  /** Ends the run under way before its time. */
  readonly stop: () => void;
  readonly close: () => void;
};

/** Starts the process that makes the load. */
export const startGenerator = (): Generator => {
  const child = fork(new URL('./generator.ts', import.meta.url), [], {
    serialization: 'advanced',
    execArgv: [],
  });
  const gone = once(child, 'exit').then(() => {
    throw new Error('the generator of load ended');
  });
  // Only a run that waits for it minds.
  gone.catch(() => undefined);
  const tell = (order: Order) => child.send(order);
  return {
    run: async (traffic, milliseconds) => {
      const reply = once(child, 'message');
      tell({ do: 'run', traffic, milliseconds });
      const [load]: [Load] = (await Promise.race([reply, gone])) as [Load];
      if (load.failed > 0)
        throw new Error(`${load.failed} replies were not 200, the first:\n${load.failure}`);
      return load;
    },
    stop: () => tell({ do: 'stop' }),
    close: () => child.kill(),
  };
};

export const perSecond = ({ answered, milliseconds }: Load): number => (answered / milliseconds) * 1000;
