import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type Background, startBackground, type Task } from './background.ts';

const MINUTE = 60_000;
let background: Background | undefined;
afterEach(() => background?.stop());

/** Tasks that rest for most of a minute, one that rests for more, and how often each has run. */
const start = async () => {
  const runs: Record<string, number> = {};
  const task = (name: string): Task => ({
    ...{ name, every: name === 'seldom' ? 2 * MINUTE : MINUTE - 1 },
    run: async () => {
      runs[name] = (runs[name] ?? 0) + 1;
      return false;
    },
  });
  background = startBackground(['a', 'b', 'seldom'].map(task), pino({ level: 'silent' }));
  await turn();
  return { runs, wake: background.wake };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a task that rests', () => {
  it('looks at once when all are woken, unless it is one that looks seldom', async () => {
    const { runs, wake } = await start();
    expect(runs).toEqual({ a: 1, b: 1, seldom: 1 });
    wake();
    await turn();
    expect(runs).toEqual({ a: 2, b: 2, seldom: 1 });
  });

  it('looks at once when it is woken by name, and lets others rest', async () => {
    const { runs, wake } = await start();
    wake('b');
    wake('seldom');
    await turn();
    expect(runs).toEqual({ a: 1, b: 2, seldom: 2 });
  });
});
