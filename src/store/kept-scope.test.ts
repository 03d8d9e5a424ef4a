import { describe, expect, it } from 'vitest';
import { keptScope } from './kept-scope.ts';

const long = `attributes.note/${'x'.repeat(184)}`;

describe('a scope', () => {
  it.each(['', 'wave/0', 'minute/29539440', 'attributes.depot/Kiel', 'attributes.note/漢字 👩‍🚒', long])(
    'is kept as it is when a database takes it: %s',
    (scope) => expect(keptScope(scope)).toBe(scope),
  );

  it('is kept as its beginning and a digest when it is longer or no proper text', () => {
    const scopes = [
      `${long}y`,
      `${long}z`,
      'a\u0000',
      'a\ufffd\u0000',
      '\ud800',
      '\udbff',
      `${'👩'.repeat(200)}`,
    ];
    const kept = scopes.map(keptScope);
    expect(new Set(kept).size).toBe(scopes.length);
    for (const text of kept) {
      expect(text).toHaveLength(265);
      expect(text.isWellFormed() && !text.includes('\u0000')).toBe(true);
      expect(keptScope(text)).not.toBe(text);
    }
  });
});
