import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentRange, parseRange, selectBytes } from './byte-range.ts';

const part = (start: number, end: number) => ({ send: 'part', range: { start, end } });
const whole = { send: 'whole' };
const unsatisfiable = { send: 'unsatisfiable' };

describe('a Range header', () => {
  it.each([
    ['bytes=0-0', part(0, 1)],
    ['bytes=0-99', part(0, 100)],
    ['bytes=0-', part(0, 100)],
    ['bytes=10-19', part(10, 20)],
    ['bytes=99-', part(99, 100)],
    ['bytes=50-1000', part(50, 100)],
    ['bytes=-1', part(99, 100)],
    ['bytes=-100', part(0, 100)],
    ['bytes=-1000', part(0, 100)],
    ['BYTES=1-2', part(1, 3)],
    ['bytes= 1-2 ', part(1, 3)],
    ['bytes=0-99999999999999999999999999', part(0, 100)],
    ['bytes=100-', unsatisfiable],
    ['bytes=100-200', unsatisfiable],
    ['bytes=99999999999999999999999999-', unsatisfiable],
    ['bytes=-0', unsatisfiable],
    ['bytes=0-1,5-6', whole],
    ['bytes=0-1,', whole],
    ['bytes=5-2', whole],
    ['bytes=-', whole],
    ['bytes=', whole],
    ['bytes', whole],
    ['', whole],
    ['bytes=a-b', whole],
    ['bytes=1.5-2', whole],
    ['bytes=0x1-2', whole],
    ['bytes=1-2-3', whole],
    ['bytes=--5', whole],
    ['lines=0-1', whole],
  ])('%s of 100 bytes', (header, expected) => {
    expect(parseRange(header, 100)).toEqual(expected);
  });

  it.each([
    ['bytes=0-', unsatisfiable],
    ['bytes=0-0', unsatisfiable],
    ['bytes=-5', whole],
  ])('%s of nothing', (header, expected) => {
    expect(parseRange(header, 0)).toEqual(expected);
  });

  it('gives a part that is not empty and within the bytes, whatever is asked for', () => {
    const digits = fc.oneof(fc.constant(''), fc.nat().map(String));
    fc.assert(
      fc.property(digits, digits, fc.nat(), (first, last, size) => {
        const selection = parseRange(`bytes=${first}-${last}`, size);
        if (selection.send !== 'part') return;
        const { start, end } = selection.range;
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe('the conditions of a download', () => {
  const at = Date.UTC(2026, 10, 21, 8, 0, 0, 250);
  const date = 'Sat, 21 Nov 2026 08:00:00 GMT';
  const now = { etag: '"sha256-abc"', size: 100, modifiedAt: at };
  const range = 'bytes=0-9';

  it.each([
    [{}, 'whole'],
    [{ ifNoneMatch: '"sha256-abc"' }, 'not-modified'],
    [{ ifNoneMatch: 'W/"sha256-abc"' }, 'not-modified'],
    [{ ifNoneMatch: '"x", "a,b", "sha256-abc"' }, 'not-modified'],
    [{ ifNoneMatch: '*' }, 'not-modified'],
    [{ ifNoneMatch: '"sha256-abcd"' }, 'whole'],
    [{ ifNoneMatch: 'sha256-abc' }, 'whole'],
    [{ ifNoneMatch: '' }, 'whole'],
    [{ ifNoneMatch: '"sha256-abc"', range }, 'not-modified'],
    [{ ifModifiedSince: date }, 'not-modified'],
    [{ ifModifiedSince: 'Sat, 21 Nov 2026 08:00:01 GMT' }, 'not-modified'],
    [{ ifModifiedSince: 'Sat, 21 Nov 2026 07:59:59 GMT' }, 'whole'],
    [{ ifModifiedSince: '2026-11-21' }, 'whole'],
    [{ ifNoneMatch: '"other"', ifModifiedSince: date }, 'whole'],
    [{ range }, 'part'],
    [{ range, ifRange: '"sha256-abc"' }, 'part'],
    [{ range, ifRange: date }, 'part'],
    [{ range, ifRange: 'W/"sha256-abc"' }, 'whole'],
    [{ range, ifRange: '"other"' }, 'whole'],
    [{ range, ifRange: 'Sat, 21 Nov 2026 08:00:01 GMT' }, 'whole'],
    [{ range, ifRange: 'yesterday' }, 'whole'],
    [{ range: 'bytes=100-' }, 'unsatisfiable'],
    [{ range: 'bytes=100-', ifRange: '"other"' }, 'whole'],
    [{ ifRange: '"other"' }, 'whole'],
  ])('%o', (headers, send) => {
    expect(selectBytes(now, headers).send).toBe(send);
  });
});

describe('Content-Range', () => {
  it('names the last byte, not the one after', () => {
    expect(contentRange({ start: 0, end: 10 }, 100)).toBe('bytes 0-9/100');
    expect(contentRange(undefined, 100)).toBe('bytes */100');
  });
});
