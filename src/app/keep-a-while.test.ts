import { describe, expect, it } from 'vitest';
import { keepAWhile } from './keep-a-while.ts';

/** Something that takes so many milliseconds of a clock, and counts how often it was made. */
const newWork = (stale = 0) => {
  let now = 1_000_000;
  let made = 0;
  const keep = keepAWhile<number>(() => now, stale);
  return {
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    ask: (takes: number) =>
      keep('it', async () => {
        now += takes;
        made += 1;
        return made;
      }),
  };
};

describe('what is kept a while', () => {
  it('is made anew each time when that is quick', async () => {
    const { ask } = newWork();
    expect(await ask(10)).toBe(1);
    expect(await ask(10)).toBe(2);
  });

  it('stays for ten times as long as it took', async () => {
    const { ask, pass } = newWork();
    expect(await ask(200)).toBe(1);
    pass(1_999);
    expect(await ask(200)).toBe(1);
    pass(1);
    expect(await ask(200)).toBe(2);
  });

  it('is given while it is made anew, where it may be stale', async () => {
    const { ask, pass } = newWork(1_000);
    expect(await ask(200)).toBe(1);
    pass(2_500);
    expect(await Promise.all([ask(200), ask(200)])).toEqual([1, 1]);
    expect(await ask(200)).toBe(2);
    pass(3_000);
    expect(await ask(200)).toBe(3);
  });

  it('is made anew each time when that is quick, even where it may be stale', async () => {
    const { ask } = newWork(1_000);
    expect(await ask(10)).toBe(1);
    expect(await ask(10)).toBe(2);
  });

  it('is the same for all who ask while it is made', async () => {
    const { ask } = newWork();
    expect(await Promise.all([ask(10), ask(10)])).toEqual([1, 1]);
  });

  it('is tried again after it failed', async () => {
    const keep = keepAWhile<string>(() => 0);
    await expect(keep('it', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await keep('it', async () => 'yes')).toBe('yes');
  });
});
