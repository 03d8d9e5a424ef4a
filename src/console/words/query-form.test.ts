import { describe, expect, it } from 'vitest';
import { termsOf } from '../../app/query-terms.ts';
import { formatExpression, parseExpression } from '../../domain/targeting.ts';
import {
  attributeField,
  fieldLabel,
  formOf,
  isWhole,
  operatorsOf,
  operatorText,
  queryText,
} from './query-form.ts';

/** A query as the server understands it. */
const understood = (text: string) => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`not a query: ${text}`);
  const terms = termsOf(parsed.value);
  if (terms === null) throw new Error(`nested: ${text}`);
  return {
    canonical: formatExpression(parsed.value),
    terms: {
      join: terms.join,
      terms: terms.terms.map((term) => ({ ...term, values: [...term.values] })),
    },
  };
};

describe('text and form stay in step', () => {
  it.each([
    'model = "GW-2" and version < "1.10" and site in (berlin, oslo)',
    'not exists(attributes.owner) or tag = spare',
    'lastSeen < "2026-11-01" and protocol != lwm2m',
    'version(attributes.modem) >= "3.2"',
    'number(attributes.system.memory) >= 512 and enrolment = ENROLLED',
    'n = 5 and m = "5" and on = true and text = "true"',
    'attributes."odd name" = x or name contains "say \\"hi\\""',
    'not id contains x and site not in ("a, b", 3)',
    'n != -1.5e-7',
  ])('for %s', (text) => {
    const { canonical, terms } = understood(text);
    const written = queryText(formOf(terms));
    expect(understood(written).canonical).toBe(canonical);
    expect(queryText(formOf(understood(written).terms))).toBe(written);
  });
});

it('leaves out lines that nobody has finished', () => {
  const lines = [
    { field: 'model', operator: '=', values: [' '] },
    { field: 'tag', operator: 'in', values: [] },
    { field: 'tag', operator: '=', values: ['lab'] },
    { field: '', operator: 'exists', values: [] },
  ] as const;
  expect(lines.map(isWhole)).toEqual([false, false, true, false]);
  expect(queryText({ join: 'and', lines })).toBe('tag = "lab"');
});

it('names fields, operators and attributes', () => {
  expect(attributeField('odd name')).toBe('attributes."odd name"');
  expect(attributeField('site')).toBe('attributes.site');
  expect(fieldLabel('attributes.site')).toBe('site');
  expect(operatorText('<', 'lastSeenAt')).toBe('is before');
  expect(operatorsOf('lastSeenAt')).not.toContain('contains');
  expect(operatorsOf('model')).not.toContain('<');
});
