import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ok } from '../../domain/result.ts';
import { fromInstant, fromSlot } from './instants.ts';

describe('an instant', () => {
  it.each([
    ['100000000000', 100_000_000_000],
    ['1564983544640', 1_564_983_544_640],
    ['99999999999', 99_999_999_999_000],
    ['1564983544', 1_564_983_544_000],
    ['1', 1_000],
    ['1564983544.640', 1_564_983_544_640],
    ['1564983544.6404', 1_564_983_544_640],
    ['0.5', 500],
    [' 1564983544 ', 1_564_983_544_000],
    ['8640000000000000', 8_640_000_000_000_000],
  ])('of %j is %i', (text, instant) => {
    expect(fromInstant('begin', text)).toEqual(ok(instant));
  });

  it.each([undefined, '', ' ', '0', '0.0', '000'])('of %j is none', (text) => {
    expect(fromInstant('begin', text)).toEqual(ok(undefined));
  });

  it.each([
    '-1',
    '1e12',
    '+5',
    '.5',
    '5.',
    '1,5',
    '0x10',
    'tomorrow',
    '2026-11-21T08:00:00Z',
    '8640000000000001',
    '8640000000001.0',
    '99999999999999999999',
    'NaN',
    'Infinity',
  ])('of %j is refused, and names its field', (text) => {
    const read = fromInstant('end', text);
    expect(read).toMatchObject({ ok: false, refusal: { code: 'invalid', field: 'end' } });
    expect(JSON.stringify(read)).toContain(JSON.stringify(JSON.stringify(text)));
  });

  it('is the same in seconds, in seconds with a fraction and in milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000, max: 9_999_999_999 }), (seconds) => {
        const wanted = ok(seconds * 1_000);
        expect(fromInstant('begin', `${seconds}`)).toEqual(wanted);
        expect(fromInstant('begin', `${seconds}.000`)).toEqual(wanted);
        expect(fromInstant('begin', `${seconds * 1_000}`)).toEqual(wanted);
      }),
    );
  });
});

describe('a slot', () => {
  const NOW = 1_795_248_000_000;

  it('is from now on and open where nothing is said', () => {
    expect(fromSlot({}, NOW)).toEqual(ok({ begin: NOW, end: null }));
    expect(fromSlot({ begin: '0', end: '0' }, NOW)).toEqual(ok({ begin: NOW, end: null }));
  });

  it('has the instants that are given', () => {
    expect(fromSlot({ begin: '1795248060', end: '1795248120.5' }, NOW)).toEqual(
      ok({ begin: NOW + 60_000, end: NOW + 120_500 }),
    );
  });

  it.each(['begin', 'end'])('is refused for its %s', (field) => {
    expect(fromSlot({ [field]: 'noon' }, NOW)).toMatchObject({ ok: false, refusal: { field } });
  });
});
