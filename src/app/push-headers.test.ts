import { describe, expect, it } from 'vitest';
import { headersProblem } from './push-headers.ts';

describe('headers that are sent along', () => {
  it('may have any name and any value that HTTP allows', () => {
    const headers = [
      { name: 'X-Api-Key', value: 'a b; c="d"' },
      { name: 'Content-Type', value: 'application/cloudevents+json' },
      { name: "x!#$%&'*+.^_`|~-9", value: '' },
    ];
    expect(headersProblem(headers)).toBeUndefined();
  });

  it.each([
    ['', 'x'],
    ['X Y', 'x'],
    ['X:', 'x'],
    ['X\r\nEvil', 'x'],
    ['Ünicode', 'x'],
    ['x'.repeat(65), 'x'],
    ['Host', 'x'],
    ['CONTENT-LENGTH', '1'],
    ['transfer-encoding', 'chunked'],
    ['Authorization', 'Bearer x'],
    ['Proxy-Authorization', 'x'],
    ['webhook-id', 'x'],
    ['Webhook-Signature', 'x'],
    ['X-Signature', 'x'],
    ['X-Ok', 'a\r\nEvil: b'],
    ['X-Ok', 'a\u0000'],
    ['X-Ok', 'ü'],
    ['X-Ok', 'x'.repeat(1_025)],
  ])('may not have "%s: %s"', (name, value) => {
    expect(headersProblem([{ name, value }])).toMatchObject({ code: 'invalid', field: 'headers' });
  });

  it('have each name once, however it is written', () => {
    const twice = [
      { name: 'X-Fleet', value: 'a' },
      { name: 'x-fleet', value: 'b' },
    ];
    expect(headersProblem(twice)).toMatchObject({ expected: 'each name once', got: '"x-fleet"' });
  });
});
