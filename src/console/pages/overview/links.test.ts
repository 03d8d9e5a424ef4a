import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../domain/targeting.ts';
import { otherVersionsQuery, versionQuery } from './links.ts';

/** Versions that would end a text early, or go beyond it, if they were not told apart from what is around them. */
const odd = ['2.0\\', 'a "b"', 'line\nend', '1.0'];

describe('the query behind a version', () => {
  it.each(odd)('means %j and nothing else', (version) => {
    const parsed = parseExpression(versionQuery(version));
    expect(parsed).toMatchObject({ ok: true, value: { type: 'compare', operator: '=', value: version } });
  });

  it('of those that told none asks for no version', () => {
    expect(versionQuery('')).toBe('not exists(version.firmware)');
  });

  it('of the others leaves out each that is named, and those that told none where they are', () => {
    expect(parseExpression(otherVersionsQuery(odd))).toMatchObject({
      ok: true,
      value: { type: 'not', of: { values: odd } },
    });
    expect(otherVersionsQuery(['1.0', ''])).toBe('not version in ("1.0") and exists(version.firmware)');
  });
});
