import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pulseAttributes } from '../../app/pulse-profile.ts';
import type { StoredDevice } from '../../app/records.ts';
import type { DeviceKey } from '../../domain/ids.ts';
import { formatExpression, matches, parseExpression } from '../../domain/targeting.ts';
import { compareText } from '../../domain/version.ts';
import type { Device } from '../../wire/pulse/devices.ts';
import { type Filter, operators, type Pair } from '../../wire/pulse/filters.ts';
import { toDevice } from './device-map.ts';
import { readFilters } from './filter-conditions.ts';
import { toExpression } from './filter-expression.ts';

// Few values, so that filters often fit devices; strange ones, so that nothing is taken for syntax.
const word = fc.constantFrom('', 'a', 'ab', 'b', 'B', 'gw "1"', '5', '05', '-1.5', '1e3', 'true', 'é\\');
const id = fc.constantFrom('t1', 't2', 'ab');
const instant = fc.constantFrom(0, 1, 5, 1_764_000_000_000);
const attribute = fc.oneof(word, fc.constantFrom(5, -1.5, 0.1, true, false));

const device: fc.Arbitrary<StoredDevice> = fc.record({
  id: fc.constantFrom('gw-1', 'gw-2', 'ab'),
  name: word,
  make: fc.constant(''),
  model: fc.constant(''),
  protocol: fc.constant('gateway' as const),
  timeZone: fc.constant('UTC'),
  tags: fc.constant([]),
  versions: fc.constant({}),
  attributes: fc.record(
    {
      [pulseAttributes.template]: id,
      [pulseAttributes.parent]: id,
      [pulseAttributes.type]: fc.constantFrom('GATEWAY', 'THING', 'other', 5),
      [pulseAttributes.enrolment]: fc.constantFrom('REGISTERED', 'ENROLLED', 'UNENROLLED', 'other', 5),
      'system.os': attribute,
      'system.memory size': attribute,
      site: attribute,
      floor: attribute,
    },
    { requiredKeys: [] },
  ),
  standing: fc.constant('accepted' as const),
  autoConfirm: fc.constant(null),
  attributesDue: fc.constant(false),
  lastSeenAt: instant,
  createdAt: instant,
  key: fc.constant(1 as DeviceKey),
  version: fc.constant(1),
});

const operator = fc.constantFrom(...operators);
const ordered = fc.constantFrom(...operators.filter((name) => name !== 'CONTAINS'));
const equality = fc.constantFrom(...operators.slice(0, 2));

const strings = fc.record({ operator, valueString: fc.oneof(word, id) });
const words = fc.record({
  operator,
  valueString: fc.constantFrom(
    'GATEWAY',
    'THING',
    'REGISTERED',
    'ENROLLED',
    'UNENROLLED',
    'DELETED',
    'E',
    '',
  ),
});
const int64s = fc.record({
  operator: ordered,
  valueInt64: fc.constantFrom('-1', '0', '5', '1000', '1764000000000'),
});
const doubles = fc.record({ operator: ordered, valueDouble: fc.constantFrom(-1.5, 0.1, 5, 5.5) });
const booleans = fc.record({ operator: equality, valueBoolean: fc.boolean() });
const instants = fc.record({ operator: ordered, valueInt64: instant.map(String) });

const some = (pair: fc.Arbitrary<Pair>) => fc.array(pair, { minLength: 1, maxLength: 3 });

const filterOn = (
  key: fc.Arbitrary<string>,
  qualifier: string,
  valueType: NonNullable<Filter['keyObj']['valueType']>,
  pair: fc.Arbitrary<Pair>,
): fc.Arbitrary<Filter> =>
  fc.record({
    keyObj: fc.record({ key, keyQualifier: fc.constant(qualifier), valueType: fc.constant(valueType) }),
    oredOperatorValuePair: some(pair),
  });

const textKeys = fc.constantFrom('id', 'name', 'templateId', 'parentId');
const wordKeys = fc.constantFrom('deviceType', 'enrollmentState');
const systemKeys = fc.constantFrom('os', 'memory size', 'missing');
const customKeys = fc.constantFrom('site', 'floor', 'missing');

const filter: fc.Arbitrary<Filter> = fc.oneof(
  filterOn(textKeys, '', 'STRING', strings),
  filterOn(wordKeys, '', 'STRING', words),
  filterOn(fc.constantFrom('createdTime', 'lastUpdatedTime'), '', 'INT64', instants),
  ...(
    [
      ['systemProperties', systemKeys],
      ['customProperties', customKeys],
    ] as const
  ).flatMap(([qualifier, keys]) => [
    filterOn(keys, qualifier, 'STRING', strings),
    filterOn(keys, qualifier, 'INT64', int64s),
    filterOn(keys, qualifier, 'DOUBLE', doubles),
    filterOn(keys, qualifier, 'BOOLEAN', booleans),
  ]),
);

type Value = string | number | boolean;

const inOrder = (difference: number, name: Pair['operator']): boolean =>
  ({
    EQUAL_TO: difference === 0,
    NOT_EQUAL_TO: difference !== 0,
    GREATER_THAN: difference > 0,
    GREATER_THAN_EQUAL_TO: difference >= 0,
    LESS_THAN: difference < 0,
    LESS_THAN_EQUAL_TO: difference <= 0,
    CONTAINS: false,
  })[name];

/** What the pair says of a value that a device is shown with; `undefined` is no value. */
const holds = (pair: Pair, held: string | undefined, isText: boolean): boolean => {
  if (held === undefined) return pair.operator === 'NOT_EQUAL_TO';
  const wanted: Value = pair.valueString ?? pair.valueDouble ?? pair.valueBoolean ?? Number(pair.valueInt64);
  if (typeof wanted === 'number') {
    const isNumber = /^-?\d+(\.\d+)?$/.test(held);
    return isNumber ? inOrder(Number(held) - wanted, pair.operator) : pair.operator === 'NOT_EQUAL_TO';
  }
  // What is no text is found by what it looks like, and by nothing else.
  if (!isText && !['EQUAL_TO', 'NOT_EQUAL_TO'].includes(pair.operator)) return false;
  if (pair.operator === 'CONTAINS') return held.includes(`${wanted}`);
  return inOrder(compareText(held, `${wanted}`), pair.operator);
};

/** The filter held against a device as this wire shows it, by the rules of the API guide. */
const holdsFor = ({ keyObj, oredOperatorValuePair = [] }: Filter, of: StoredDevice): boolean => {
  const shown: Device = toDevice(of, { organisation: 'o', templates: new Map() });
  const properties =
    keyObj.keyQualifier === 'systemProperties' ? shown.systemProperties : shown.customProperties;
  const prefix = keyObj.keyQualifier === 'systemProperties' ? 'system.' : '';
  const isProperty = keyObj.keyQualifier !== '';
  const held = isProperty
    ? properties.find(({ name }) => name === keyObj.key)?.value
    : `${new Map(Object.entries(shown)).get(keyObj.key)}`;
  const isText = !isProperty || typeof of.attributes[`${prefix}${keyObj.key}`] === 'string';
  return oredOperatorValuePair.some((pair) => holds(pair, held, isText));
};

describe('a filter as a query', () => {
  it('finds what the filter says of the device as it is shown', () => {
    fc.assert(
      fc.property(
        fc.array(filter, { maxLength: 3 }),
        fc.array(id, { maxLength: 2 }),
        device,
        (filters, ids, of) => {
          const template = toDevice(of, { organisation: 'o', templates: new Map() }).templateId;
          const expected =
            (ids.length === 0 || ids.some((one) => one === template)) &&
            filters.every((one) => holdsFor(one, of));
          expect(matches(toExpression(ids, readFilters(filters)), of)).toBe(expected);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('means the same once it was written and read', () => {
    fc.assert(
      fc.property(
        fc.array(filter, { maxLength: 3 }),
        fc.array(id, { maxLength: 2 }),
        device,
        (filters, ids, of) => {
          const expression = toExpression(ids, readFilters(filters));
          const read = parseExpression(formatExpression(expression));
          if (!read.ok) throw new Error(JSON.stringify(read.refusal));
          expect(matches(read.value, of)).toBe(matches(expression, of));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('without templates and filters is every device', () => {
    expect(formatExpression(toExpression([], []))).toBe('*');
  });
});

const on = (keyObj: Partial<Filter['keyObj']>, pair: Partial<Pair>): Filter => ({
  keyObj: { key: 'name', ...keyObj },
  oredOperatorValuePair: [{ operator: 'EQUAL_TO', ...pair }],
});

const said = (filter: Filter): string => formatExpression(toExpression([], readFilters([filter])));

describe('what a filter says', () => {
  it.each([
    [on({}, { valueString: 'a' }), 'name = "a"'],
    [on({}, { valueInt64: '5' }), 'name = "5"'],
    [on({ valueType: 'INT64' }, { valueString: '5' }), 'name = "5"'],
    [
      on({ key: 'floor', keyQualifier: 'CUSTOM_PROPERTIES' }, { valueString: 'a' }),
      'attributes.floor in ("a")',
    ],
    [on({ key: 'floor', keyQualifier: 'custom' }, { valueString: '3' }), 'attributes.floor in ("3", 3)'],
    [on({ key: 'systemProperties.os' }, { valueBoolean: true }), 'attributes.system.os in ("true", true)'],
    [
      on({ key: 'mem', keyQualifier: 'systemProperty' }, { operator: 'GREATER_THAN', valueInt64: '512' }),
      'number(attributes.system.mem) > 512',
    ],
    [
      on({ key: 'createdTime' }, { operator: 'LESS_THAN', valueString: '1764000000000' }),
      'createdAt < "2025-11-24T16:00:00Z"',
    ],
    [
      on({ dataSource: 'DEVICEMGMT_SERVICE' }, { operator: 'CONTAINS', valueString: 'gw' }),
      'name contains "gw"',
    ],
  ])('%j is %s', (filter, text) => {
    expect(said(filter)).toBe(text);
  });

  it('may call its pairs by any of three names', () => {
    const pairs = [{ operator: 'EQUAL_TO', valueString: 'a' } as const];
    for (const name of ['oredOperatorValuePair', 'oredOperatorValuePairs', 'oredOperationValuePair'])
      expect(said({ keyObj: { key: 'name' }, [name]: pairs })).toBe('name = "a"');
  });

  it.each([
    [on({ dataSource: 'CAMPAIGN_SERVICE' }, { valueString: 'a' }), 'only data of DEVICEMGMT_SERVICE'],
    [on({ key: 'colour' }, { valueString: 'a' }), 'keyObj.key: expected one of id, name'],
    [on({ key: 'constructor' }, { valueString: 'a' }), 'keyObj.key'],
    [on({ keyQualifier: 'metrics' }, { valueString: 'a' }), 'keyObj.key'],
    [on({}, {}), 'expected one of valueInt64, valueDouble, valueString, valueBoolean'],
    [on({}, { valueString: 'a', valueInt64: '5' }), 'expected one of'],
    [on({ valueType: 'INT64' }, { valueString: 'a' }), 'of the type INT64'],
    [on({ valueType: 'INT64' }, { valueInt64: '9007199254740993' }), 'of the type INT64'],
    [on({ valueType: 'BOOLEAN' }, { valueString: 'yes' }), 'of the type BOOLEAN'],
    [on({ valueType: 'DOUBLE' }, { valueString: '' }), 'of the type DOUBLE'],
    [on({ key: 'createdTime' }, { valueString: 'yesterday' }), 'epoch milliseconds'],
    [on({ key: 'createdTime' }, { operator: 'CONTAINS', valueInt64: '5' }), 'CONTAINS'],
    [on({ key: 'a', keyQualifier: 'custom' }, { operator: 'CONTAINS', valueInt64: '5' }), 'CONTAINS'],
    [on({ key: 'a', keyQualifier: 'custom' }, { operator: 'LESS_THAN', valueBoolean: true }), 'BOOLEAN'],
    [{ keyObj: { key: 'name' } }, 'at least one'],
    [{ keyObj: { key: 'name' }, oredOperatorValuePair: [] }, 'at least one'],
  ])('is refused: %j', (filter, says) => {
    expect(() => readFilters([filter])).toThrow(says);
  });
});
