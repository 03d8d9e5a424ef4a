import { describe, expect, it } from 'vitest';
import { gatherLookups } from './gather-lookups.ts';

class BadAsk extends Error {}

/** Answers each ask with itself in capitals, and notes which were asked together. */
const recording = (fail: (asks: readonly string[]) => Error | undefined = () => undefined) => {
  const groups: string[][] = [];
  const capitals = (asks: readonly string[]): ReadonlyMap<string, string> => {
    groups.push([...asks]);
    const error = fail(asks);
    if (error !== undefined) throw error;
    return new Map(asks.map((ask) => [ask, ask.toUpperCase()]));
  };
  const ask = gatherLookups<string, string>({
    load: async (asks) => capitals(asks),
    alone: async (one) => capitals([one]).get(one) ?? '',
    isTheirs: (error) => error instanceof BadAsk,
    nameOf: (one) => one,
  });
  return { groups, ask };
};

describe('lookups of one turn', () => {
  it('go together, the same one once', async () => {
    const { groups, ask } = recording();
    expect(await Promise.all([ask('a'), ask('b'), ask('a')])).toEqual(['A', 'B', 'A']);
    expect(await Promise.all([ask('a'), ask('c')])).toEqual(['A', 'C']);
    expect(groups).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  it('wait for none that went before', async () => {
    const { promise: never } = Promise.withResolvers<ReadonlyMap<string, string>>();
    const groups: string[][] = [];
    const ask = gatherLookups<string, string>({
      load: (asks) => {
        groups.push([...asks]);
        return asks.includes('stuck') ? never : Promise.resolve(new Map(asks.map((one) => [one, one])));
      },
      ...{ alone: async (one) => one, isTheirs: () => false, nameOf: (one) => one },
    });
    void ask('stuck');
    await new Promise(setImmediate);
    expect(await ask('free')).toBe('free');
    expect(groups).toEqual([['stuck'], ['free']]);
  });

  it('are asked alone where one of them is at fault', async () => {
    const { groups, ask } = recording((asks) => (asks.includes('bad') ? new BadAsk('bad') : undefined));
    const settled = await Promise.allSettled([ask('a'), ask('bad'), ask('b')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  });

  it('fail together where none of them is at fault, and nobody asks twice', async () => {
    const { groups, ask } = recording(() => new Error('the database is away'));
    const settled = await Promise.allSettled([ask('a'), ask('b')]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(groups).toEqual([['a', 'b']]);
  });

  it('are as many as one statement bears', async () => {
    const { groups, ask } = recording();
    const names = Array.from({ length: 1_200 }, (_, index) => `n${index}`);
    expect(await Promise.all(names.map(ask))).toEqual(names.map((name) => name.toUpperCase()));
    expect(groups.map(({ length }) => length)).toEqual([512, 512, 176]);
  });
});
