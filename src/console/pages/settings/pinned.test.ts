import { describe, expect, it } from 'vitest';
import { revisionFor } from './pinned.ts';

describe('the revision that a change of a part names', () => {
  const was = { part: { name: 'Fleet', days: ['mon'] }, revision: 3 };

  it('is that of now where only something else has changed', () => {
    expect(revisionFor(was, { part: { name: 'Fleet', days: ['mon'] }, revision: 5 })).toBe(5);
  });

  it('is the one that was seen where the part itself has changed', () => {
    expect(revisionFor(was, { part: { name: 'Fleet', days: ['tue'] }, revision: 5 })).toBe(3);
  });
});
