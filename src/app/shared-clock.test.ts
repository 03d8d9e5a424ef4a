import { describe, expect, it } from 'vitest';
import { HOUR, SECOND } from '../domain/time.ts';
import { openSharedClock } from './shared-clock.ts';

/** A database, a machine with two clocks, and the way between them. */
const open = async () => {
  const at = { database: 5_000_000, elapsed: 70, here: 9_000_000, way: 0 };
  let timers: (() => void)[] = [];
  let asked = 0;
  const pass = (milliseconds: number): void => {
    at.database += milliseconds;
    at.elapsed += milliseconds;
    at.here += milliseconds;
  };
  const { clock, stop } = await openSharedClock({
    ask: async () => {
      asked += 1;
      pass(at.way / 2);
      const { database } = at;
      pass(at.way / 2);
      return database;
    },
    elapsed: () => at.elapsed,
    here: () => at.here,
    later: (run) => {
      timers.push(run);
      return () => {
        timers = timers.filter((one) => one !== run);
      };
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const ring = async (): Promise<void> => {
    for (const run of timers.splice(0)) run();
    await settle();
  };
  return { at, clock, pass, ring, settle, stop, asked: () => asked, timers: () => timers.length };
};

describe('the clock of the database', () => {
  it('is told from the first moment on, whatever this machine says', async () => {
    const { at, clock, pass } = await open();
    expect(clock()).toBe(at.database);
    pass(123);
    expect(clock()).toBe(at.database);
  });

  it('goes on evenly when the clock of this machine is set back, and is asked again at once', async () => {
    const { at, clock, pass, settle, asked } = await open();
    pass(SECOND);
    at.here -= HOUR;
    expect(clock()).toBe(at.database);
    await settle();
    expect(clock()).toBe(at.database);
    expect(asked()).toBe(2);
  });

  it('is right again after this machine has slept, as soon as it was asked', async () => {
    const { at, clock, settle } = await open();
    at.here += HOUR;
    at.database += HOUR;
    clock();
    await settle();
    expect(clock()).toBe(at.database);
  });

  it('follows the database when that is set, at the next look', async () => {
    const { at, clock, ring } = await open();
    at.database -= HOUR;
    await ring();
    expect(clock()).toBe(at.database);
  });

  it('does not tremble with the time that answers take', async () => {
    const { at, clock, ring } = await open();
    at.way = 40;
    at.database += 15;
    const before = clock();
    await ring();
    expect(clock() - before).toBe(40);
  });

  it('looks no more once it was stopped', async () => {
    const { stop, timers } = await open();
    stop();
    expect(timers()).toBe(0);
  });
});
