import { expect, it } from 'vitest';
import { sealTo } from './association.ts';
import { APPLICATION_DATA, LAST_SEQUENCE, readRecords } from './record.ts';
import { suites } from './suites.ts';

const [suite] = suites;
if (!suite) throw new Error('there are no suites');

it('seals nothing more once its numbers are used up', () => {
  const writing = { suite, keys: new Uint8Array(40), nextSequence: LAST_SEQUENCE };
  const content = { type: APPLICATION_DATA, bytes: Uint8Array.of(1) };
  const last = sealTo(writing, content);
  expect(readRecords(last ?? new Uint8Array(0), 0)[0]?.sequence).toBe(LAST_SEQUENCE);
  expect(sealTo(writing, content)).toBeUndefined();
  expect(sealTo(writing, content)).toBeUndefined();
});
