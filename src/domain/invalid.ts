import type { RefusalOf } from './refusal.ts';

export type Problem = RefusalOf<'invalid'> | undefined;

/** A refusal that says what was expected instead, as a part of a sentence. */
export const invalid = (field: string, expected: string, got: unknown): RefusalOf<'invalid'> => ({
  code: 'invalid',
  field,
  expected,
  got: JSON.stringify(got) ?? 'nothing',
});

/** The first problem of a list. */
export const firstProblem = <Item>(
  items: readonly Item[],
  problemOf: (item: Item, index: number) => Problem,
): Problem => {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
