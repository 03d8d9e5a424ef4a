import { describe, expect, it } from 'vitest';
import { readSql } from './sql-scopes.ts';

const tables = new Set(['devices', 'updates', 'campaigns']);

/** The tables that a statement looks at, each with how its account is known. */
const read = (sql: string): readonly string[] =>
  readSql(sql, tables).mentions.map(
    ({ table, equated, anchored }) => `${table} ${anchored ? 'told' : equated ? 'joined' : 'open'}`,
  );

describe('the account of a table in SQL', () => {
  it.each([
    ['select * from devices where account = $1', ['devices told']],
    ['select "d"."id" from "devices" as "d" where "d"."account" = $1 and "d"."key" > $2', ['devices told']],
    ['select * from devices d where $1 = d.account', ['devices told']],
    ['delete from updates where account = 7 and device in (1, 2)', ['updates told']],
    ['update updates set since = $1 where updates.account = $2', ['updates told']],
    [
      'select * from devices as d join updates as u on u.account = d.account where d.account = $1',
      ['devices told', 'updates told'],
    ],
    [
      'select * from updates, devices where updates.account = $1 and devices.account = updates.account',
      ['updates told', 'devices told'],
    ],
    [
      'select u.device from json_to_recordset($1::json) as r join updates as u on u.account = r.account',
      ['updates told'],
    ],
    [
      'with due as (select account, key from campaigns where account = $1) select * from updates join due on due.account = updates.account',
      ['updates told', 'campaigns told'],
    ],
    ['select * from devices where (account, key) in (select $1, value from listed)', ['devices told']],
  ])('is told by the caller: %s', (sql, expected) => expect(read(sql)).toEqual(expected));

  it.each([
    [
      'select * from campaigns as c where exists (select 1 from updates as u where u.account = c.account)',
      ['campaigns joined', 'updates joined'],
    ],
    [
      'delete from updates where (account, device) in (select account, key from devices where name = $1)',
      ['updates joined', 'devices joined'],
    ],
  ])('is the same, whichever it is: %s', (sql, expected) => expect(read(sql)).toEqual(expected));

  it.each([
    ['select account from devices where id = $1 order by account', ['devices open']],
    ['select * from devices where account > $1', ['devices open']],
    [
      'select * from devices as d join updates as u on u.device = d.key where d.account = $1',
      ['devices told', 'updates open'],
    ],
    [
      'select * from devices where account = $1 and key in (select device from updates where outcome = 0)',
      ['devices told', 'updates open'],
    ],
    [
      'update devices set name = $1 from updates where devices.account = $2',
      ['devices told', 'updates open'],
    ],
  ])('is not known: %s', (sql, expected) => expect(read(sql)).toEqual(expected));

  it('is looked for among tables alone', () => {
    expect(read("select extract(epoch from now()), substring('from devices' from 2) from accounts")).toEqual(
      [],
    );
    expect(read('select 1 where $1 is distinct from $2')).toEqual([]);
    expect(read('select key from campaigns where account = $1 for no key update')).toEqual([
      'campaigns told',
    ]);
  });

  it('is among the columns of an insert, and of what may be in its way', () => {
    const sql =
      'insert into devices (account, key) values ($1, $2) on conflict (account, key) do update set key = 1';
    expect(readSql(sql, tables).inserts).toEqual([
      { table: 'devices', columns: ['account', 'key'], conflict: ['account', 'key'] },
    ]);
    const [other] = readSql(
      'insert into devices (key) select key from updates on conflict do nothing',
      tables,
    ).inserts;
    expect(other).toEqual({ table: 'devices', columns: ['key'], conflict: [] });
  });
});
