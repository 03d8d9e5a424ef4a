import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counts } from '../app/lists.ts';
import { growingSpans, marksFrom, pageOfKeys, type Stretch, spansBetween, totalOf } from './slices.ts';

type Told = { counted: number; read: number };

/** A list cut into stretches; `told` says how often it was asked. */
async function* cut(parts: readonly (readonly number[])[], told: Told): AsyncGenerator<Stretch> {
  for (const [index, part] of parts.entries()) {
    yield {
      isLast: index === parts.length - 1,
      count: async () => {
        told.counted += 1;
        return part.length;
      },
      keys: async (skip, limit) => {
        told.read += 1;
        return part.slice(skip, skip + limit);
      },
    };
  }
}

const lists = fc.array(fc.array(fc.nat(), { maxLength: 5 }), { maxLength: 6 });

describe('a page of a list in stretches', () => {
  it('is what it would be of the list as a whole, whether the total is known or not', async () => {
    await fc.assert(
      fc.asyncProperty(lists, fc.nat(30), fc.nat(8), fc.boolean(), async (parts, skip, limit, isKnown) => {
        const whole = parts.flat();
        const total = isKnown ? whole.length : undefined;
        const page = await pageOfKeys(cut(parts, { counted: 0, read: 0 }), { skip, limit }, total);
        expect(page).toEqual({ keys: whole.slice(skip, skip + limit), total: whole.length });
      }),
    );
  });

  it('leaves alone what is behind it when the total is known', async () => {
    const told = { counted: 0, read: 0 };
    const parts = [[1, 2], [3, 4], [5, 6], [7], [8]];
    expect((await pageOfKeys(cut(parts, told), { skip: 1, limit: 2 }, 8)).keys).toEqual([2, 3]);
    expect(told).toEqual({ counted: 1, read: 2 });
  });

  it('counts nothing where there is one stretch and the total is known', async () => {
    const told = { counted: 0, read: 0 };
    expect((await pageOfKeys(cut([[1, 2, 3]], told), { skip: 1, limit: 1 }, 3)).keys).toEqual([2]);
    expect(told).toEqual({ counted: 0, read: 1 });
  });
});

describe('spans', () => {
  it('cover all keys between the ends once, in either direction', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.integer({ min: 1, max: 30 }), (first, more, length) => {
        const spans = spansBetween({ first, last: first + more }, length, false);
        expect(spans[0]?.from).toBe(first);
        expect(spans.at(-1)?.to).toBeGreaterThanOrEqual(first + more);
        for (const [index, { from, to }] of spans.entries()) {
          expect(to - from).toBe(length - 1);
          if (index > 0) expect(from).toBe((spans[index - 1]?.to ?? 0) + 1);
        }
        const back = spansBetween({ first, last: first + more }, length, true);
        expect(back).toEqual(spans.toReversed());
      }),
    );
  });

  it('that grow cover all keys between the ends once, none longer than the longest', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.nat(40_000),
        fc.integer({ min: 1, max: 30_000 }),
        (first, more, longest) => {
          const spans = growingSpans({ first, last: first + more }, longest);
          expect(spans[0]?.from).toBe(first);
          expect(spans.at(-1)?.to).toBeGreaterThanOrEqual(first + more);
          for (const [index, { from, to }] of spans.entries()) {
            expect(to - from).toBeLessThan(longest);
            if (index > 0) expect(from).toBe((spans[index - 1]?.to ?? 0) + 1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are one where there is no limit', () => {
    const [span, ...rest] = spansBetween({ first: 3, last: 9 }, Number.POSITIVE_INFINITY, false);
    expect(rest).toEqual([]);
    expect(span).toEqual({ from: 3, to: 2_147_483_647 });
  });
});

it('knows where marks are from how many items lie between two of them', () => {
  const counts = new Map([
    [2, 30],
    [0, 1_000],
  ]);
  expect(marksFrom(counts, 7, 1_000)).toEqual({
    total: 1_030,
    marks: [
      { place: 0, after: 6 },
      { place: 1_000, after: 2_006 },
    ],
  });
});

describe('the total of a list of updates', () => {
  const counts: Counts = {
    open: { pending: 1, inventoried: 2, 'download-ready': 4 },
    closed: { succeeded: 8, removed: 16 },
    closedAt: { 'activation-complete': 7, pending: 1 },
  };
  const none = { positions: [], outcomes: [], open: null } as const;

  it.each([
    [{}, 31],
    [{ open: true }, 7],
    [{ open: false }, 24],
    [{ open: true, positions: ['pending', 'download-ready'] }, 5],
    [{ open: true, positions: ['download-failed'] }, 0],
    [{ outcomes: ['removed'] }, 16],
    [{ present: true }, 15],
    [{ present: true, open: false }, 8],
    [{ present: true, outcomes: ['removed'] }, 0],
    [{ outcomes: ['removed', 'failed'], open: false }, 16],
    [{ outcomes: ['removed'], open: true }, 0],
    [{ outcomes: ['removed'], open: true, positions: ['pending'] }, 0],
    [{ present: true, positions: ['pending', 'inventoried'] }, 4],
    [{ present: true, positions: ['pending', 'inventoried'], open: false }, 1],
    [{ present: true, positions: ['pending'], open: true }, 1],
  ] as const)('with %j is %i, by the counters', (filter, expected) => {
    expect(totalOf(counts, { ...none, ...filter })).toBe(expected);
  });

  it.each([{ open: null }, { open: false }, { open: null, present: true, outcomes: ['succeeded'] }] as const)(
    'is unknown to them with positions and %j',
    (filter) => {
      expect(totalOf(counts, { ...none, positions: ['pending'], ...filter })).toBeUndefined();
    },
  );
});
