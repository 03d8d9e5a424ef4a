import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSumsOf, iotcp, manifestOf, sumLine } from '../../test/support/iotcp.ts';
import { type ZipPart, zip } from '../../test/support/zip.ts';
import { inspectArchive } from './iotcp.ts';

/** As strict about positions as a file is. */
const archiveOf = (bytes: Buffer) => ({
  size: bytes.length,
  read: async (position: number, length: number) => {
    if (!Number.isSafeInteger(position) || position < 0)
      throw new RangeError(`no such position: ${position}`);
    return bytes.subarray(position, position + length);
  },
});

const inspect = (bytes: Buffer) => inspectArchive(archiveOf(bytes));

/** A package whose sums are right, with these parts beside the manifest. */
const packaged = (...data: readonly ZipPart[]) => inspect(iotcp(data));

const withManifest = (fields: Readonly<Record<string, unknown>>) => {
  const manifest = manifestOf(fields);
  return inspect(zip([manifest, checkSumsOf([manifest])]));
};

const corrupt = (problem: string | RegExp) => ({ form: 'corrupt', problem: expect.stringMatching(problem) });

const whole = {
  form: 'iotcp',
  name: 'thermostat',
  version: '1.2.3',
  headless: true,
  phases: ['execute', 'validate'],
};

describe('a package', () => {
  it('gives its name, version, headless flag and phases', async () => {
    expect(await inspect(iotcp())).toEqual(whole);
  });

  it('may have stored entries, directories, sub-directories and names beyond ASCII', async () => {
    const parts = [
      { name: 'data/', stored: true },
      { name: 'data/größe/config.json', content: '{}' },
      { name: 'data/image.bin', content: Buffer.alloc(100_000, 'muster'), stored: true },
      { name: 'data/run..sh', content: 'x', central: { mode: 0o100755 } },
    ];
    expect(await packaged(...parts)).toEqual(whole);
  });

  it('may leave out HEADLESS_EXECUTION and every phase', async () => {
    const fields = { HEADLESS_EXECUTION: undefined, EXECUTE: undefined, VALIDATE: null };
    expect(await withManifest(fields)).toMatchObject({ headless: false, phases: [] });
  });

  it('lists its phases in the order in which they run', async () => {
    const fields = { RESET: 'r', ACTIVATE: 'a', VALIDATE: 'v', EXECUTE: 'e', VERIFY: 'c' };
    const phases = ['verify', 'execute', 'validate', 'activate', 'reset'];
    expect(await withManifest(fields)).toMatchObject({ phases });
  });

  it('may have its manifest anywhere', async () => {
    const parts = [{ name: 'data/a', content: 'a' }, manifestOf()];
    expect(await inspect(zip([checkSumsOf(parts), ...parts]))).toEqual(whole);
  });
});

describe('other bytes are opaque', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a short text', Buffer.from('firmware')],
    ['only the mark of a ZIP', Buffer.from('PK\x03\x04')],
    ['an empty ZIP', zip([])],
    ['a ZIP without a manifest', zip([{ name: 'firmware.bin', content: 'x' }])],
    [
      'a ZIP without a manifest that nobody should extract',
      zip([{ name: '../../etc/passwd', content: 'x' }]),
    ],
    ['a manifest elsewhere', zip([{ name: 'docs/dist-info/Manifest', content: '{}' }])],
    ['a package inside a ZIP', zip([{ name: 'inner.iotcp', content: iotcp(), stored: true }])],
    ['a ZIP without its end', zip([{ name: 'firmware.bin', content: 'x' }]).subarray(0, -22)],
    ['a package after other bytes', Buffer.concat([Buffer.from('boot'), iotcp()])],
  ])('%s', async (_, bytes) => {
    expect(await inspect(bytes)).toEqual({ form: 'opaque' });
  });
});

describe('a manifest is refused', () => {
  it.each([
    [{ NAME: undefined }, 'NAME'],
    [{ NAME: '' }, 'NAME'],
    [{ NAME: 'n'.repeat(257) }, 'NAME'],
    [{ VERSION: 3 }, 'VERSION'],
    [{ HEADLESS_EXECUTION: 'true' }, 'HEADLESS_EXECUTION'],
    [{ EXECUTE: ['run'] }, 'EXECUTE'],
  ])('with %j', async (fields, key) => {
    expect(await withManifest(fields)).toEqual(corrupt(`^${key} in dist-info/Manifest`));
  });

  it.each(['', '[]', 'null', '{"NAME":', '"text"', Buffer.from('{"NAME":"\xff"}', 'latin1')])(
    'as %j',
    async (content) => {
      const manifest = { name: 'dist-info/Manifest', content };
      expect(await inspect(zip([manifest, checkSumsOf([manifest])]))).toEqual(corrupt('dist-info/Manifest'));
    },
  );

  it('of more than a MiB', async () => {
    const manifest = manifestOf({ PADDING: Array.from({ length: 200_000 }, (_, index) => index) });
    expect(await inspect(zip([manifest, checkSumsOf([manifest])]))).toEqual(corrupt('Manifest is larger'));
  });
});

describe('check sums', () => {
  const data = { name: 'data/a', content: 'a' };
  const parts = [manifestOf(), data];
  const withSums = (content: string) => inspect(zip([...parts, { name: 'dist-info/CHECK_SUMS', content }]));
  const right = parts.map(sumLine).join('');

  it('must be there', async () => {
    expect(await inspect(zip(parts))).toEqual(corrupt('CHECK_SUMS is missing'));
  });

  it('must cover every entry', async () => {
    expect(await withSums(sumLine(manifestOf()))).toEqual(corrupt('does not list "data/a"'));
  });

  it('must name nothing else', async () => {
    expect(await withSums(right + sumLine({ name: 'data/b' }))).toEqual(corrupt('lists "data/b"'));
  });

  it('must match', async () => {
    const wrong = sumLine(manifestOf()) + sumLine({ ...data, content: 'b' });
    expect(await withSums(wrong)).toEqual(corrupt('"data/a" does not match'));
  });

  it('must name an entry once', async () => {
    expect(await withSums(right + sumLine(data))).toEqual(corrupt('lists "data/a" twice'));
  });

  it('must be lines of name and digest', async () => {
    expect(await withSums('data/a = 1\n')).toEqual(corrupt('has the line "data/a = 1"'));
  });

  it('may come in any order, in either case and without a last newline', async () => {
    const lines = [
      sumLine(data),
      sumLine(manifestOf()).replace(/[0-9a-f]{64}/, (digest) => digest.toUpperCase()),
    ];
    expect(await withSums(lines.join('').trimEnd())).toEqual(whole);
  });
});

describe('an entry name is refused', () => {
  it.each([
    '../outside',
    'data/../../outside',
    'data/..',
    './data/a',
    'data//a',
    '/etc/passwd',
    'data\\..\\a',
    'C:/windows/a',
    'c:a',
    'data/a\0.sh',
    'data/a\nb',
    'data/\u202egpj.sh',
    '',
    `data/${'a'.repeat(4096)}`,
  ])('%j', async (name) => {
    expect(await packaged({ name, content: 'x' })).toEqual(corrupt('^the entry name'));
  });

  it('that is not UTF-8', async () => {
    expect(await packaged({ name: Buffer.from('data/\xff', 'latin1'), content: 'x' })).toEqual(
      corrupt('UTF-8'),
    );
  });

  it.each([
    ['data/a', 'data/a'],
    ['data/a', 'data/a/'],
    ['data/\u00e9', 'data/e\u0301'],
  ])('that occurs twice: %j and %j', async (one, other) => {
    expect(await packaged({ name: one }, { name: other })).toEqual(corrupt('occurs twice'));
  });
});

describe('an entry is refused', () => {
  const entry = { name: 'data/a', content: 'a'.repeat(50) };

  it.each([
    ['a symbolic link', { central: { mode: 0o120777 } }, 'is a link or a special file'],
    ['a device', { central: { mode: 0o020644 } }, 'is a link or a special file'],
    ['a directory by mode only', { central: { mode: 0o040755 } }, 'a directory by its mode'],
    ['encrypted', { central: { flags: 0x0801 } }, 'is encrypted'],
    ['strongly encrypted', { central: { flags: 0x0841 } }, 'encryption'],
    ['compressed another way', { central: { method: 12 } }, 'compression method 12'],
    ['over the next entry', { central: { packed: 5_000 } }, 'overlaps'],
    ['at the place of another', { central: { offset: 0 } }, 'overlaps'],
    ['beyond the archive', { central: { offset: 0xfffffff0 } }, 'overlaps'],
    ['otherwise named at its place', { localName: 'data/b' }, 'described differently'],
    ['longer than declared', { central: { unpacked: 10 } }, 'larger than'],
    ['shorter than declared', { central: { unpacked: 60 } }, 'not enough bytes'],
  ] satisfies [string, Partial<ZipPart>, string][])('that is %s', async (_, lie, problem) => {
    expect(await packaged({ ...entry, ...lie })).toEqual(corrupt(problem));
  });

  it('that is a directory with content', async () => {
    expect(await packaged({ name: 'data/a/', content: 'x' })).toEqual(corrupt('has content'));
  });
});

describe('an archive is refused', () => {
  it('that declares fewer entries than it has', async () => {
    const parts = [manifestOf(), { name: 'data/a' }, { name: 'data/b' }];
    expect(await inspect(zip([...parts, checkSumsOf(parts)], 2))).toEqual(corrupt('more entries than'));
  });

  it('whose directory is beyond any file', async () => {
    const bytes = zip([manifestOf()], 70_000);
    bytes.writeBigUInt64LE(2n ** 63n, bytes.length - 22 - 20 - 56 + 48);
    expect(await inspect(bytes)).toEqual(corrupt('cut short or its directory is damaged'));
  });

  it('that declares more entries than it has', async () => {
    const parts = [manifestOf()];
    expect(await inspect(zip([...parts, checkSumsOf(parts)], 9_000))).toEqual(corrupt('cannot be read'));
  });
});

describe('damage', () => {
  const bytes = iotcp();

  it('at the end is noticed', async () => {
    for (let length = 60; length < bytes.length; length += 7) {
      expect(await inspect(bytes.subarray(0, length))).toMatchObject({ form: 'corrupt' });
    }
  });

  it('anywhere never throws, and never yields another package', async () => {
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (places) => {
        const damaged = Buffer.from(bytes);
        for (const [at, mask] of places) damaged[at] = (damaged[at] ?? 0) ^ mask;
        const inspection = await inspect(damaged);
        if (inspection.form === 'iotcp') expect(inspection).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('of the storage is thrown, not blamed on the archive', async () => {
    const failing = (after: number) => ({
      size: bytes.length,
      read: async (position: number, length: number) => {
        if (position >= after) throw new Error('EIO');
        return bytes.subarray(position, position + length);
      },
    });
    await expect(inspectArchive(failing(0))).rejects.toThrow('EIO');
    await expect(inspectArchive(failing(1))).rejects.toThrow('EIO');
  });
});
