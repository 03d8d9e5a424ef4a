import { expect, it } from 'vitest';
import { parseExpression } from '../domain/targeting.ts';
import { termsOf } from './query-terms.ts';

const read = (text: string) => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`not a query: ${text}`);
  return termsOf(parsed.value);
};

it.each([
  ['', 'and', []],
  ['model = "GW-2"', 'and', [['model', '=', 'GW-2']]],
  [
    'tag = lab and version < 1.10 and n != 5',
    'and',
    [
      ['tag', '=', 'lab'],
      ['version', '<', '1.10'],
      ['attributes.n', '!=', 5],
    ],
  ],
  [
    'site in (oslo, berlin) or not exists(owner)',
    'or',
    [
      ['attributes.site', 'in', 'oslo', 'berlin'],
      ['attributes.owner', 'not exists'],
    ],
  ],
  ['not site in (oslo)', 'and', [['attributes.site', 'not in', 'oslo']]],
  ['not name contains x', 'and', [['name', 'not contains', 'x']]],
  ['not (tag = lab)', 'and', [['tag', '!=', 'lab']]],
  ['lastSeen < 2026-11-01', 'and', [['lastSeenAt', '<', '2026-11-01T00:00:00.000Z']]],
] as const)('shows %j line by line', (text, join, lines) => {
  const terms = lines.map(([field, operator, ...values]) => ({ field, operator, values }));
  expect(read(text)).toEqual({ join, terms });
});

it.each(['a = 1 and (b = 2 or c = 3)', 'not (a = 1 and b = 2)', 'not n < 5', 'not not tag = x'])(
  'leaves %j to the text',
  (text) => {
    expect(read(text)).toBeNull();
  },
);
