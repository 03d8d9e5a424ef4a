import { describe, expect, it } from 'vitest';
import { remember } from './remember.ts';

/** A memory over an epoch that a test moves, and a load that counts. */
const memory = (most = 2) => {
  const state: { epoch: number | undefined; loads: number } = { epoch: 0, loads: 0 };
  const recall = remember<string | undefined>(() => state.epoch, {
    most,
    isKept: (value) => value !== undefined,
  });
  const ask = (key: string, value: string | undefined = key) =>
    recall(key, async () => {
      state.loads += 1;
      return value;
    });
  return { state, recall, ask };
};

describe('what is remembered', () => {
  it('is loaded once while the epoch stays the same', async () => {
    const { state, ask } = memory();
    expect([await ask('a'), await ask('a', 'newer')]).toEqual(['a', 'a']);
    expect(state.loads).toBe(1);
  });

  it('is forgotten with the epoch', async () => {
    const { state, ask } = memory();
    await ask('a');
    state.epoch = 1;
    expect(await ask('a', 'newer')).toBe('newer');
  });

  it('is nothing without an epoch', async () => {
    const { state, ask } = memory();
    state.epoch = undefined;
    await ask('a');
    expect(await ask('a', 'newer')).toBe('newer');
    expect(state.loads).toBe(2);
  });

  it('is only what is worth it', async () => {
    const { recall } = memory();
    expect(await recall('b', async () => undefined)).toBeUndefined();
    expect(await recall('b', async () => 'there')).toBe('there');
  });

  it('is not what was being loaded when the epoch ended', async () => {
    const { state, recall, ask } = memory();
    const early = recall('a', async () => {
      state.epoch = 1;
      return 'older';
    });
    expect(await early).toBe('older');
    expect(await ask('a', 'newer')).toBe('newer');
  });

  it('is not what was being loaded two epochs ago', async () => {
    const { state, recall, ask } = memory();
    let finish = (_: string): void => undefined;
    const early = recall('a', () => new Promise((resolve) => (finish = resolve)));
    state.epoch = 1;
    await ask('b');
    finish('older');
    await early;
    expect(await ask('a', 'newer')).toBe('newer');
  });

  it('gives up the oldest when there are too many', async () => {
    const { state, ask } = memory();
    for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await ask(key);
    expect(state.loads).toBe(4);
  });
});
