import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment, safeFileName } from './file-name.ts';

const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe('a file name from outside', () => {
  it.each([
    ['tcu-1.3.0.bin', 'tcu-1.3.0.bin'],
    ['Größe 温度.bin', 'Größe 温度.bin'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/passwd', 'passwd'],
    ['C:\\Windows\\system32\\a.dll', 'a.dll'],
    ['..', ''],
    ['.', ''],
    ['a/..', ''],
    ['', ''],
    ['   ', ''],
    ['.profile', '.profile'],
    ['a\u0000b.bin', 'ab.bin'],
    ['a\r\nSet-Cookie: b', 'aSet-Cookie: b'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['name. . ', 'name'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1.bin', '_com1.bin'],
    ['console.bin', 'console.bin'],
  ])('%j becomes %j', (given, kept) => {
    expect(safeFileName(given)).toBe(kept);
  });

  it('keeps the end of one that is 4 KB long', () => {
    const kept = safeFileName(`${'n'.repeat(4096)}.bin`);
    expect(kept).toHaveLength(200);
    expect(kept.endsWith('.bin')).toBe(true);
  });

  it('is never a path, and is left alone the second time', () => {
    fc.assert(
      fc.property(text, (given) => {
        const kept = safeFileName(given);
        expect(kept).not.toMatch(/[/\\\0\r\n]|^\.{1,2}$/);
        expect(safeFileName(kept)).toBe(kept);
      }),
    );
  });
});

describe('Content-Disposition', () => {
  it.each([
    ['a b.bin', `attachment; filename="a b.bin"; filename*=UTF-8''a%20b.bin`],
    ['Größe.bin', `attachment; filename="Gr__e.bin"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.bin`],
    ['a"b\\c%.bin', `attachment; filename="a_b_c_.bin"; filename*=UTF-8''a%22b%5Cc%25.bin`],
    ["it's (1)*.bin", `attachment; filename="it's (1)*.bin"; filename*=UTF-8''it%27s%20%281%29%2A.bin`],
  ])('of %j', (name, header) => {
    expect(attachment(name)).toBe(header);
  });

  it('is one line of ASCII with one quoted string, whatever the name', () => {
    fc.assert(
      fc.property(text, (name) => {
        expect(attachment(name)).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w!.~%-]*$/);
        expect(attachment(name)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
