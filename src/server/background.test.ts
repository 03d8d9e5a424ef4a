import { setTimeout as sleep } from 'node:timers/promises';
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
/** More than tasks rest at least. */
const breath = (): Promise<void> => sleep(30);

describe('a task that rests', () => {
  it('looks at once when all are woken, unless it is one that looks seldom', async () => {
    const { runs, wake } = await start();
    expect(runs).toEqual({ a: 1, b: 1, seldom: 1 });
    await breath();
    wake();
    await turn();
    expect(runs).toEqual({ a: 2, b: 2, seldom: 1 });
  });

  it('looks at once when it is woken by name, and lets others rest', async () => {
    const { runs, wake } = await start();
    await breath();
    wake('b');
    wake('seldom');
    await turn();
    expect(runs).toEqual({ a: 1, b: 2, seldom: 2 });
  });

  it('looks once more for all that woke it while it took breath', async () => {
    const { runs, wake } = await start();
    for (let times = 0; times < 5; times += 1) {
      wake('a');
      await turn();
    }
    expect(runs['a']).toBe(1);
    await breath();
    expect(runs['a']).toBe(2);
  });
});
