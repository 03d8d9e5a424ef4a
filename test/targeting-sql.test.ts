import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Store } from '../src/app/ports.ts';
import { type Device, protocols, standings } from '../src/domain/device.ts';
import type { AccountKey } from '../src/domain/ids.ts';
import type { Expression, Field, Scalar } from '../src/domain/targeting.ts';
import { matches } from '../src/domain/targeting.ts';
import { versionKey } from '../src/domain/version.ts';
import { openPostgres } from '../src/store/postgres.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import { createTestDatabase } from './support/postgres.ts';
import { ada, NOON, sampleAccount } from './support/samples.ts';

/** Few of each, so that expressions and devices meet; strange ones, so that nothing is spliced into SQL. */
const names = [
  'depot',
  'a.b',
  'a"b',
  "a'b",
  'a\\b',
  'a\\"b',
  '$',
  '$.depot',
  '$[0]',
  '#-1',
  '[0]',
  '0',
  '-1',
  '',
  ' ',
  'Größe',
  'grüße.東京',
  '🚒',
  'constructor',
  '__proto_',
  'x\ny',
  '\u0001',
  '\u2028',
  'true',
  'type',
  '%',
];
const texts = [
  '',
  ' ',
  'a',
  'A',
  'b',
  'ab',
  'é',
  'e\u0301',
  'ß',
  'ss',
  '\uffee',
  '🚒',
  '𝒜',
  '1',
  '1.0',
  '5',
  '-0.5',
  '000000000000005',
  '0.100000000000000',
  '5.',
  '1e3',
  '+5',
  ' 5',
  '5\n',
  '1234567890123456',
  'true',
  'null',
  'a"b',
  "a'b",
  '\\',
  '%',
  '_',
  'x\ny',
  '\u0001',
];
const versions = [
  ...[
    '',
    '1',
    '1.0',
    'v1.0',
    '1.0+b7',
    '1.0.0',
    '1.0-rc1',
    '1.0-rc2',
    '1.0-RC1',
    '1.2',
    '1.10',
    '01.2',
    ' 1.2 ',
  ],
  ...['2024.01', 'V2', 'version', 'v', '1.0~x', '999999999999', '1000000000000', '１.2', 'ä1', '\t1.2\r\n'],
];
const numbers = [0, 1, -1, 1.5, 5, 0.1, 1e-7, 1e21, 2 ** 53, 2 ** 60, 2 ** 63, 1_152_921_504_606_847_200];

const name = fc.constantFrom(...names);
const text = fc.oneof(fc.constantFrom(...texts), fc.constantFrom(...versions));
const number = fc.oneof(fc.constantFrom(...numbers), fc.double({ noNaN: true, noDefaultInfinity: true }));
const scalar: fc.Arbitrary<Scalar> = fc.oneof(text, text, number, fc.boolean());
const instant = fc.constantFrom(0, 1, NOON, NOON + 1);

const record = <Value>(value: fc.Arbitrary<Value>) => fc.dictionary(name, value, { maxKeys: 4 });
const device: fc.Arbitrary<Omit<Device, 'id'>> = fc.record({
  name: text,
  make: text,
  model: text,
  protocol: fc.constantFrom(...protocols),
  standing: fc.constantFrom(...standings),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin'),
  tags: fc.uniqueArray(text, { maxLength: 3 }),
  versions: record(fc.constantFrom(...versions)),
  attributes: record(scalar),
  autoConfirm: fc.constant(null),
  attributesDue: fc.boolean(),
  lastSeenAt: instant,
  createdAt: instant,
});

const column = fc.constantFrom(
  ...([
    'id',
    'name',
    'make',
    'model',
    'protocol',
    'standing',
    'timeZone',
    'lastSeenAt',
    'createdAt',
  ] as const),
);
const field: fc.Arbitrary<Field> = fc.oneof(
  column.map((given) => ({ kind: 'column' as const, name: given })),
  fc.constant({ kind: 'tag' as const }),
  name.map((component) => ({ kind: 'version' as const, component })),
  name.map((given) => ({ kind: 'attribute' as const, name: given })),
  name.map((given) => ({ kind: 'attribute-version' as const, name: given })),
  name.map((given) => ({ kind: 'attribute-number' as const, name: given })),
);
const operator = fc.constantFrom(
  '=' as const,
  '!=' as const,
  '<' as const,
  '<=' as const,
  '>' as const,
  '>=' as const,
);
const value = fc.oneof(
  { weight: 8, arbitrary: scalar },
  { weight: 1, arbitrary: instant },
  { weight: 1, arbitrary: fc.constantFrom<Scalar>(...protocols, ...standings, 'UTC', 'd1') },
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ type: fc.constant('compare' as const), field, operator, value }),
    fc.record({ type: fc.constant('contains' as const), field, value: text }),
    fc.record({ type: fc.constant('in' as const), field, values: fc.array(value, { maxLength: 4 }) }),
    fc.record({ type: fc.constant('exists' as const), field }),
    fc.constant({ type: 'all' as const }),
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('expression'), { maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('not' as const), of: tie('expression') }),
  ),
}));

type Opened = { readonly store: Store; readonly end: () => Promise<void> };

const compiles = (open: () => Promise<Opened>): void => {
  let opened: Opened | undefined;
  let account: AccountKey;
  const fleet: Device[] = [];

  const store = (): Store => {
    if (opened === undefined) throw new Error('the store is not open');
    return opened.store;
  };

  const matching = async (where: Expression): Promise<readonly string[]> => {
    const { items } = await store().devices.list(account, where, { after: 0, limit: 1_000 });
    return items.map(({ id }) => id);
  };
  const expected = (where: Expression) => fleet.filter((one) => matches(where, one)).map(({ id }) => id);

  beforeAll(async () => {
    opened = await open();
    const founded = sampleAccount();
    await store().commit({ account: null, writes: [{ save: 'account', value: founded }], events: [] });
    const found = await store().accounts.find(founded.id);
    if (found === undefined) throw new Error('no account');
    account = found.key;
    const given = fc.sample(device, { numRuns: 300, seed: 20_261_121 });
    fleet.push(...given.map((one, index) => ({ ...one, id: `d${index}` })));
    await store().devices.saveMany(
      account,
      fleet.map((one) => ({ value: one })),
      { actor: ada, now: NOON },
    );
  });
  afterAll(() => opened?.end());

  it('finds the devices that the domain says match', async () => {
    await fc.assert(
      fc.asyncProperty(expression, async (where) => {
        expect(await matching(where)).toEqual(expected(where));
        expect(await store().devices.count(account, where)).toBe(expected(where).length);
      }),
      { numRuns: 1_500 },
    );
  });

  it.each(names)('reads what is named %j', async (given) => {
    for (const kind of ['attribute', 'attribute-version', 'attribute-number'] as const) {
      const where: Expression = { type: 'exists', field: { kind, name: given } };
      expect(await matching(where)).toEqual(expected(where));
      expect(expected(where)).not.toEqual([]);
    }
  });

  it('takes more terms than an engine nests, and long lists', async () => {
    const term = (index: number): Expression => ({
      type: 'compare',
      field: { kind: 'column', name: 'id' },
      operator: '=',
      value: `d${index}`,
    });
    const any: Expression = { type: 'or', of: Array.from({ length: 3_000 }, (_, index) => term(index * 2)) };
    expect(await matching(any)).toEqual(expected(any));
    const values = Array.from({ length: 20_000 }, (_, index) => `d${index * 3}`);
    const listed: Expression = { type: 'in', field: { kind: 'column', name: 'id' }, values };
    expect(await matching(listed)).toEqual(expected(listed));
  });
};

describe('expressions on SQLite', () => {
  compiles(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-targeting-'));
    const store = await openSqlite(join(directory, 'muster.db'));
    return { store, end: () => store.close().then(() => rm(directory, { recursive: true })) };
  });
});

const url = inject('postgresUrl');

describe.skipIf(url === undefined)('expressions on PostgreSQL', () => {
  compiles(async () => {
    const database = await createTestDatabase(url ?? '');
    const store = await openPostgres({ url: database.url, pool: 2 });
    return { store, end: () => store.close().then(database.drop) };
  });

  it('has the same version keys as the domain', async () => {
    const database = await createTestDatabase(url ?? '');
    await (await openPostgres({ url: database.url, pool: 1 })).close();
    const part = fc.constantFrom(...'0019vVaZÄ.-+~ \t\n!_'.split(''), '000', '123456789012', '9999999999999');
    const random = fc.sample(
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
      3_000,
    );
    const given = [...versions, ...random];
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      'select version_key(given) as key from unnest($1::text[]) with ordinality as listed(given, n) order by n',
      [given],
    );
    await client.end();
    await database.drop();
    expect(rows.map(({ key }) => key)).toEqual(given.map(versionKey));
  });
});
