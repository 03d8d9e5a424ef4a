import { describe, expect, it } from 'vitest';
import { bulkOf, watchGrowth } from './planner-statistics.ts';

describe('what a statement has inserted', () => {
  it('counts where it is much', () => {
    expect(bulkOf('insert into updates (account) select 1', 5_000)).toEqual({
      table: 'updates',
      rows: 5_000,
    });
    expect(bulkOf('insert into "devices" ("account")', 500)).toEqual({ table: 'devices', rows: 500 });
    expect(bulkOf('insert into "devices" ("account")', 499)).toBeUndefined();
    expect(bulkOf('update devices set version = 1', 5_000)).toBeUndefined();
  });
});

describe('a table that grows', () => {
  it('is analysed each time it has doubled, whatever became of the time before', async () => {
    const analysed: string[] = [];
    const note = watchGrowth(async (table) => {
      analysed.push(table);
      if (analysed.length === 1) throw new Error('no connection');
    });
    const counts: number[] = [];
    for (let n = 0; n < 16; n += 1) {
      note({ table: 'updates', rows: 1_000 });
      await new Promise(setImmediate);
      counts.push(analysed.length);
    }
    expect(counts).toEqual([0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
    note({ table: 'devices', rows: 2_000 });
    await new Promise(setImmediate);
    expect(analysed.at(-1)).toBe('devices');
  });
});
