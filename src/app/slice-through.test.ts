import { describe, expect, it } from 'vitest';
import { pageThrough } from './page-through.ts';
import { readWhole, sliceThrough } from './slice-through.ts';

const items = [{ name: 'beta' }, { name: 'Alpha' }, { name: 'alpha' }, { name: 'Gamma' }];
const names = (slice: { by: 'created' | 'name'; descending: boolean; skip?: number; limit?: number }) =>
  sliceThrough(items, { skip: 0, limit: 10, ...slice }, ({ name }) => name).items.map(({ name }) => name);

describe('a page by its place', () => {
  it('keeps the order of creation', () => {
    expect(names({ by: 'created', descending: false })).toEqual(['beta', 'Alpha', 'alpha', 'Gamma']);
    expect(names({ by: 'created', descending: true })).toEqual(['Gamma', 'alpha', 'Alpha', 'beta']);
  });

  it('orders names without regard to case, the older of two first', () => {
    expect(names({ by: 'name', descending: false })).toEqual(['Alpha', 'alpha', 'beta', 'Gamma']);
    expect(names({ by: 'name', descending: true })).toEqual(['Gamma', 'beta', 'Alpha', 'alpha']);
  });

  it('skips, limits and counts all', () => {
    const slice = { skip: 1, limit: 2, by: 'created', descending: false } as const;
    const page = sliceThrough(items, slice, ({ name }) => name);
    expect(page).toEqual({ items: [{ name: 'Alpha' }, { name: 'alpha' }], total: 4 });
  });
});

describe('a list that is read whole', () => {
  it('takes every page', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => index);
    expect(await readWhole(async (page) => pageThrough(many, page))).toEqual(many);
  });
});
