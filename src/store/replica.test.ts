import { describe, expect, it } from 'vitest';
import type { Db } from './db.ts';
import { postgresEngine } from './engine-postgres.ts';
import { freshReads, nextAnswer, positionOf } from './replica.ts';

describe('a position in the log', () => {
  it('is a number that grows over both halves', () => {
    expect(positionOf('0/0')).toBe(0n);
    expect(positionOf('16/B374D848')).toBe(0x16_b3_74_d8_48n);
    expect(positionOf('1/00000000')).toBeGreaterThan(positionOf('0/FFFFFFFF'));
  });

  it('is nothing else', () => {
    for (const text of ['', '16', 'x/1', '1/2/3']) expect(() => positionOf(text)).toThrow(text);
  });
});

describe('a question that many ask at once', () => {
  it('is asked once for all that came before it was, and again for those that came later', async () => {
    const asked: ((answer: number) => void)[] = [];
    const next = nextAnswer(() => new Promise<number>((resolve) => asked.push(resolve)));
    const first = [next(), next()];
    await Promise.resolve();
    const later = [next(), next()];
    expect(asked).toHaveLength(1);
    asked[0]?.(1);
    expect(await Promise.all(first)).toEqual([1, 1]);
    await new Promise(setImmediate);
    asked[1]?.(2);
    expect(await Promise.all(later)).toEqual([2, 2]);
    expect(asked).toHaveLength(2);
  });

  it('is asked again after one that failed', async () => {
    let count = 0;
    const next = nextAnswer(async () => {
      count += 1;
      if (count === 1) throw new Error('gone');
      return count;
    });
    await expect(next()).rejects.toThrow('gone');
    expect(await next()).toBe(2);
  });
});

/** A database that is at a position in its log, and what was asked of it. */
const place = (at: () => string) => {
  const asked: string[] = [];
  const db: Pick<Db, 'engine' | 'run'> = {
    engine: postgresEngine,
    run: async ({ sql }) => {
      if (sql.includes('lsn')) return { rows: [{ at: at() }], changes: 1 };
      asked.push(sql);
      return { rows: [], changes: 0 };
    },
  };
  return { db, asked };
};

const patience = { lag: 60_000, answer: 60_000, rest: 60_000 };
const list = { sql: 'select * from devices', parameters: [] };

describe('reads at a replica', () => {
  const build = async (at: () => string, given = patience) => {
    const { openDatabase } = await import('./postgres.ts');
    // Builds statements, and is never connected.
    const { read, close } = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', pool: 1 });
    await close();
    const primary = place(() => '0/10');
    const replica = place(at);
    const { lists, look } = freshReads({ ...read, ...primary.db }, { ...read, ...replica.db }, given);
    return { run: lists.run, look, primary: primary.asked, replica: replica.asked };
  };

  it('go there once it has what was acknowledged', async () => {
    const positions = ['0/9', '0/F', '0/10'];
    const { run, look, primary, replica } = await build(() => positions.shift() ?? '0/10');
    await run(list);
    expect([primary, replica]).toEqual([[], [list.sql]]);
    expect(await look()).toEqual({ reads: { replica: 1, primary: 0 }, behind: 0 });
  });

  it('go to the primary where it lags for too long', async () => {
    const { run, look, primary, replica } = await build(() => '0/F', { ...patience, lag: 0 });
    await run(list);
    await run(list);
    expect([primary, replica]).toEqual([[list.sql, list.sql], []]);
    expect(await look()).toEqual({ reads: { replica: 0, primary: 2 }, behind: 1 });
  });

  it('go to the primary where it fails, which it is not asked about for a while', async () => {
    let questions = 0;
    const { run, look, primary, replica } = await build(() => {
      questions += 1;
      throw new Error('Connection terminated');
    });
    for (const _ of [1, 2, 3]) await run(list);
    expect(primary).toHaveLength(3);
    expect([replica, questions]).toEqual([[], 1]);
    expect(await look()).toEqual({ reads: { replica: 0, primary: 3 }, behind: null });
  });
});
