import { expect, it } from 'vitest';
import { openFrom, sealTo } from './association.ts';
import { APPLICATION_DATA, LAST_SEQUENCE, readRecords, sealRecord } from './record.ts';
import { emptyWindow } from './replay.ts';
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

it('opens no record without a connection id where one was agreed on, and none with one where none was', () => {
  const cids = { agreed: Uint8Array.of(1, 2, 3, 4, 5, 6), none: new Uint8Array(0) };
  const opens = (agreed: keyof typeof cids, carried: keyof typeof cids): boolean => {
    const sealing = { suite, keys: new Uint8Array(20), cid: cids[carried] };
    const [record] = readRecords(
      sealRecord(sealing, 0, { type: APPLICATION_DATA, bytes: Uint8Array.of(1) }),
      6,
    );
    const ownCid = agreed === 'agreed' ? '010203040506' : '';
    const reading = { suite, keys: new Uint8Array(40), ownCid, window: emptyWindow };
    return record !== undefined && openFrom(reading, record) !== undefined;
  };
  expect([opens('agreed', 'agreed'), opens('none', 'none')]).toEqual([true, true]);
  expect([opens('agreed', 'none'), opens('none', 'agreed')]).toEqual([false, false]);
});
