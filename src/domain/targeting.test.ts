import { describe, expect, it } from 'vitest';
import type { DeviceFacts, Expression, Operator } from './targeting.ts';
import { matches, parseExpression } from './targeting.ts';

const EPOCH_2026 = 1_767_225_600_000;

const pump: DeviceFacts = {
  id: '352099001761481',
  name: 'Pump 7',
  make: 'Acme',
  model: 'P-100',
  protocol: 'ddi',
  standing: 'waiting',
  timeZone: 'Europe/Paris',
  tags: ['north', 'beta-2'],
  versions: { firmware: '1.10.0', bootloader: 'v2.0' },
  attributes: { site: 'Lyon', floor: 3, indoor: true, fw: 'SR1.2.0.0-10657', digits: '5', blank: '' },
  lastSeenAt: EPOCH_2026,
  createdAt: EPOCH_2026 - 1,
};

const unseen: DeviceFacts = { ...pump, name: '', tags: [], versions: {}, attributes: {}, lastSeenAt: 0 };

const treeOf = (text: string): Expression => {
  const result = parseExpression(text);
  if (!result.ok) throw new Error(`${text}: ${JSON.stringify(result.refusal)}`);
  return result.value;
};

const TRUE_OF_PUMP = [
  '',
  ' \t\r\n',
  '*',
  'id = 352099001761481',
  'make = Acme and model = "P-100"',
  'make != acme',
  'make < a',
  'name contains "mp 7"',
  'name contains ""',
  'tag = north',
  'tag != south',
  'tag contains beta',
  'tag in (south, north)',
  'not tag in (south)',
  'tag not in (south)',
  'exists(tag) and tag exists',
  'version > 1.9 and version >= 1.10.0 and version < 1.10.1 and version != 1.9',
  'version = "v1.10.0+build"',
  'version contains "1.10"',
  'version.bootloader = 2.0',
  'version.bootloader in (1, V2.0)',
  'version.modem != 1',
  'site = Lyon',
  'attributes."site" > "Ly"',
  'floor = 3 and floor < 3.5 and floor in (1, 3) and floor != "3"',
  'digits = "5" and digits != 5 and not digits < 6',
  'indoor = TRUE and indoor != false and indoor in (true)',
  'version(fw) > SR1.2.0.0-10512',
  'version(attributes.fw) contains SR',
  'version(attributes.floor) not exists',
  'number(digits) = 5 and number(digits) > 4.5 and number(digits) in (4, 5) and number(digits) != 4',
  'number(floor) = 3 and number(attributes.floor) exists',
  'number(site) not exists and number(blank) not exists and number(indoor) not exists',
  'number(missing) != 1',
  'missing != 1 and not missing = 1 and not missing < 1 and not missing contains "" and not missing in (1)',
  'missing not exists and exists(blank)',
  'constructor not exists and __proto__ not exists and version.toString not exists',
  'lastSeenAt = "2026-01-01" and lastSeen > 2025-12-31T23:59:59Z and createdAt < 1767225600000',
  'lastSeenAt in ("2026-01-01T01:00:00+01:00")',
  'exists(lastSeenAt) and exists(createdAt) and exists(id)',
  'make = x or make = Acme and model = P-100',
  'not (make = x or model = y)',
];

const FALSE_OF_PUMP = [
  'not *',
  'make = acme',
  'make = Acm',
  'tag = beta',
  'tag != north',
  'version < 1.9',
  'version.modem = 1',
  'version.modem < 999',
  'floor = "3"',
  'floor < "9"',
  'floor contains 3',
  'indoor = "true"',
  'site in (lyon, "Lyo")',
  'site > Lyon',
  'version(floor) = 3',
  'number(site) < 1 or number(site) >= 1',
  'number(digits) = 6',
  'lastSeen < 2026-01-01',
  'make = Acme and (model = x or model = y)',
];

describe('matches', () => {
  it.each(TRUE_OF_PUMP)('the pump is in: %s', (text) => {
    expect(matches(treeOf(text), pump)).toBe(true);
  });

  it.each(FALSE_OF_PUMP)('the pump is not in: %s', (text) => {
    expect(matches(treeOf(text), pump)).toBe(false);
  });

  it.each([
    ['exists(lastSeenAt)', false],
    ['lastSeenAt < 2026-01-01', true],
    ['exists(name)', false],
    ['name = ""', true],
    ['tag exists', false],
    ['tag != north', true],
    ['version != 1', true],
    ['version exists', false],
    ['version <= 1', false],
  ])('an unseen device without facts: %s is %s', (text, verdict) => {
    expect(matches(treeOf(text), unseen)).toBe(verdict);
  });

  it.each<[Operator, readonly boolean[]]>([
    ['=', [false, true, false]],
    ['!=', [true, false, true]],
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
  ])('n %s 2 for n of 1, 2, 3 is %j', (operator, verdicts) => {
    for (const field of ['attributes.n', 'version(attributes.n)', 'number(attributes.n)'])
      expect([1, 2, 3].map((n) => verdict(`${field} ${operator} "2"`, String(n)))).toEqual(verdicts);
    expect([1, 2, 3].map((n) => verdict(`n ${operator} 2`, n))).toEqual(verdicts);
  });

  const verdict = (text: string, n: string | number): boolean =>
    matches(treeOf(text), { ...unseen, attributes: { n } });

  it('orders texts by code point, beyond the basic plane too', () => {
    expect(verdict('n < "\u{1f600}"', '\u{fffd}')).toBe(true);
  });

  it('has a verdict for trees that no text gives', () => {
    const empty: readonly [Expression, boolean][] = [
      [{ type: 'and', of: [] }, true],
      [{ type: 'or', of: [] }, false],
      [{ type: 'in', field: { kind: 'tag' }, values: [] }, false],
      [{ type: 'compare', field: { kind: 'attribute', name: 'indoor' }, operator: '<=', value: true }, false],
      [{ type: 'compare', field: { kind: 'tag' }, operator: '<', value: 'o' }, true],
      [{ type: 'compare', field: { kind: 'column', name: 'id' }, operator: '=', value: 1 }, false],
    ];
    for (const [tree, expected] of empty) expect(matches(tree, pump)).toBe(expected);
  });
});
