import { describe, expect, it } from 'vitest';
import { formatPath, parsePath, requestPath, withoutRoot } from './path.ts';

describe('a path', () => {
  it.each([
    ['/', []],
    ['', []],
    ['/5', [5]],
    ['/5/0', [5, 0]],
    ['5/0/', [5, 0]],
    ['/5/0/3', [5, 0, 3]],
    ['/5/0/8/1', [5, 0, 8, 1]],
    ['/65534/65534/65534', [65_534, 65_534, 65_534]],
  ])('%j is read', (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });

  it.each(['//', '/5//0', '/a', '/05', '/65535', '/123456', '/1/2/3/4/5', '/-1', '/1.5', ' /5', '/5/0/3\n'])(
    '%j is none',
    (text) => {
      expect(parsePath(text)).toBeUndefined();
    },
  );

  it('is written with a slash in front', () => {
    expect(formatPath([5, 0, 3])).toBe('/5/0/3');
    expect(formatPath([])).toBe('/');
  });

  it('is asked for below the alternate root, and told without it', () => {
    expect(requestPath('/5/0/3', '/lwm2m')).toEqual(['lwm2m', '5', '0', '3']);
    expect(requestPath('/5/0/3', '')).toEqual(['5', '0', '3']);
    expect(withoutRoot('/lwm2m/5/0', '/lwm2m')).toBe('/5/0');
    expect(withoutRoot('/lwm2m2/5/0', '/lwm2m')).toBe('/lwm2m2/5/0');
    expect(withoutRoot('/5/0', '')).toBe('/5/0');
  });
});
