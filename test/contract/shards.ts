import { expect, it } from 'vitest';
import { acrossAccounts, layout } from '../support/citus-layout.ts';
import { type Mention, type Reading, readSql } from '../support/sql-scopes.ts';

const distributed: ReadonlySet<string> = new Set(layout.distributed);

/** A table into which a statement inserts is not looked at by it. */
const looksAt = ({ mentions, inserts }: Reading): readonly Mention[] =>
  mentions.filter((mention, index) => index > 0 || !inserts.some(({ table }) => table === mention.table));

const isAllowed = (text: string): boolean => acrossAccounts.some(([start]) => text.startsWith(start));

/** What must hold of the SQL of a store whose rows lie in shards by account: texts that a whole suite has made it run. */
export const shardsContract = (texts: ReadonlySet<string>): void => {
  const read = (): readonly (readonly [string, Reading])[] =>
    [...texts].map((text) => [text, readSql(text, distributed)] as const);

  it('looks at one account, or at several for a reason that is known', () => {
    const across = read().filter(
      ([text, reading]) => !isAllowed(text) && looksAt(reading).some((one) => !one.anchored),
    );
    expect(across.map(([text]) => text)).toEqual([]);
  });

  it('joins within an account, also where it looks at several', () => {
    const apart = read().filter(([, reading]) => {
      const seen = looksAt(reading);
      return seen.length > 1 && seen.some((one) => !one.equated);
    });
    expect(apart.map(([text]) => text)).toEqual([]);
  });

  it('locks rows of one account at a time', () => {
    const many = read().filter(([text, reading]) => {
      const lock = / for (?:no key update|update|share|key share)(?: of (\w+))?/.exec(text);
      if (lock === null || /\baccount"? = \$\d/.test(text)) return false;
      return looksAt(reading).some(({ alias }) => lock[1] === undefined || lock[1] === alias);
    });
    expect(many.map(([text]) => text)).toEqual([]);
  });

  it('inserts with the account, and takes no conflict for one that other accounts might have', () => {
    const wrong = read().filter(([, { inserts }]) =>
      inserts.some(
        ({ table, columns, conflict = [] }) =>
          distributed.has(table) &&
          (!columns.includes('account') || (conflict.length > 0 && !conflict.includes('account'))),
      ),
    );
    expect(wrong.map(([text]) => text)).toEqual([]);
  });

  it('does not walk from row to row of a table in shards', () => {
    const walks = read().filter(
      ([text, reading]) => /\bwith recursive\b/.test(text) && looksAt(reading).some((one) => !one.anchored),
    );
    expect(walks.map(([text]) => text)).toEqual([]);
  });

  it('was asked for everything: each table, and all that is known to look at several accounts', () => {
    const mentioned = new Set(read().flatMap(([, { mentions }]) => mentions.map(({ table }) => table)));
    expect([...distributed].filter((table) => !mentioned.has(table))).toEqual([]);
    const starts = acrossAccounts.map(([start]) => start);
    expect(starts.filter((start) => ![...texts].some((text) => text.startsWith(start)))).toEqual([]);
  });
};
