import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../src/store/postgres.ts';
import { type Row, withClient } from './migrations/release.ts';
import { layout } from './support/citus-layout.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');
const doc = readFileSync(new URL('../docs/scaling.md', import.meta.url), 'utf8');

describe('the layout of the tables on a cluster of PostgreSQL', () => {
  it('is the one that the documentation shows', () => {
    const rows = [...doc.matchAll(/^\| (distributed|reference|local) \| ([^|]+) \|/gm)];
    const shown = Object.fromEntries(
      rows.map(([, kind, names = '']) => [
        kind,
        [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted(),
      ]),
    );
    const known = Object.entries(layout).map(([kind, names]) => [kind, names.toSorted()] as const);
    expect(shown).toEqual(Object.fromEntries(known));
  });

  describe.skipIf(server === undefined)('fits the schema', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase(server ?? '');
      await (await openPostgres({ url: database.url, pool: 1 })).close();
    });
    afterAll(() => database?.drop());
    const ask = (sql: string): Promise<readonly Row[]> =>
      withClient(database.url, async (client) => (await client.query<Row>(sql)).rows);
    const distributed: ReadonlySet<unknown> = new Set(layout.distributed);

    it('which has these tables and no other', async () => {
      const found = await ask(
        `select relname as name from pg_class where relnamespace = current_schema()::regnamespace
          and relkind in ('r', 'p') and not relispartition`,
      );
      expect(found.map(({ name }) => name).toSorted()).toEqual(Object.values(layout).flat().toSorted());
    });

    it('in which whatever is unique in shards is so within an account', async () => {
      const unique = await ask(
        `select t.relname as table, i.relname as index, array_agg(a.attname)::text as columns from pg_index
          join pg_class t on t.oid = indrelid join pg_class i on i.oid = indexrelid
          join pg_attribute a on a.attrelid = t.oid and a.attnum = any (indkey)
          where indisunique and t.relnamespace = current_schema()::regnamespace and not t.relispartition group by 1, 2`,
      );
      const inShards = unique.filter(({ table }) => distributed.has(table));
      expect(inShards.length).toBeGreaterThanOrEqual(layout.distributed.length);
      expect(inShards.filter(({ columns }) => !/[{,]account[,}]/.test(String(columns)))).toEqual([]);
    });

    it('in which every table in shards has an account that is there', async () => {
      const accounts = await ask(
        `select table_name as name from information_schema.columns where table_schema = current_schema()
          and column_name = 'account' and is_nullable = 'NO' and data_type = 'integer'`,
      );
      const has = new Set(accounts.map(({ name }) => name));
      expect(layout.distributed.filter((name) => !has.has(name))).toEqual([]);
    });

    it('in which no table refers to another, and nothing counts over all accounts', async () => {
      expect(await ask("select conname from pg_constraint where contype = 'f'")).toEqual([]);
      expect(await ask("select relname from pg_class where relkind = 'S'")).toEqual([]);
      expect(await ask("select attname from pg_attribute where attidentity <> ''")).toEqual([]);
      expect(await ask('select tgname from pg_trigger where not tgisinternal')).toEqual([]);
    });
  });
});
