import { describe, expect, it } from 'vitest';
import { CannotLoad, checkShape, checkTables, migrationsUpTo } from './load.ts';
import { migrations } from './migrations/index.ts';
import { backedUp } from './table-names.ts';

const tables = backedUp.map((name) => ({ name, columns: ['key'] }));

const schema = migrations.at(-1)?.number ?? 0;

describe('what is loaded', () => {
  it('comes into the tables of its own schema', () => {
    expect(migrationsUpTo(migrations.at(-1)?.number ?? 0)).toEqual(migrations);
    expect(migrationsUpTo(0)).toEqual([]);
  });

  it('is refused when it is of a later version', () => {
    expect(() => migrationsUpTo(9_999)).toThrow(/schema 9999, this version of Muster knows/);
    expect(() => migrationsUpTo(9_999)).toThrow(CannotLoad);
  });

  it('has all tables, and no other', () => {
    expect(() => checkTables({ schema, tables })).not.toThrow();
    expect(() => checkTables({ schema, tables: tables.slice(1) })).toThrow(/same tables: accounts/);
    expect(() => checkTables({ schema, tables: [...tables, { name: 'extra', columns: [] }] })).toThrow(
      /same tables: extra/,
    );
  });

  it('has all columns, in any order, and no other', () => {
    const table = { name: 'devices', columns: ['b', 'a'] };
    expect(() => checkShape(table, ['a', 'b'])).not.toThrow();
    expect(() => checkShape(table, ['a', 'c'])).toThrow(/missing: c; unknown: b/);
  });
});
