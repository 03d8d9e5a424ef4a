import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../src/app/blobs.ts';
import { iotcp, manifestOf } from './support/iotcp.ts';
import { zipRepeating } from './support/zip.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

type Measured = { readonly inspection: Inspection; readonly milliseconds: number; readonly grownMib: number };

describe('inspection stays within a second and 100 MiB', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'iotcp-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** In a process of its own, whose memory is that of the inspection alone. */
  const measure = async (bytes: Buffer): Promise<Measured> => {
    const path = join(directory, 'archive');
    await writeFile(path, bytes);
    const script = join(import.meta.dirname, 'support', 'inspect-file.ts');
    const { stdout } = await run(process.execPath, [script, path]);
    return JSON.parse(stdout);
  };

  const bomb = (unpacked?: number) =>
    iotcp([
      {
        name: 'data/bomb',
        content: Buffer.alloc(256 * MIB),
        ...(unpacked === undefined ? {} : { central: { unpacked } }),
      },
    ]);
  const small = Array.from({ length: 9_998 }, (_, index) => ({ name: `data/${index}`, content: 'x' }));

  it.each([
    ['a bomb of a thousand to one', () => bomb(), 'more than 200 times'],
    ['a bomb that declares less than it holds', () => bomb(MIB), 'too many bytes'],
    [
      'a million entries with the manifest last',
      () => zipRepeating({ name: 'data/file', stored: true }, 1_000_000, manifestOf()),
      '1000001 entries, more than 10000',
    ],
    [
      'one entry too many',
      () => iotcp([...small, { name: 'data/more', content: 'x' }]),
      '10001 entries, more than 10000',
    ],
  ])('for %s, which is refused', { timeout: 60_000 }, async (_, archive, problem) => {
    const { inspection, milliseconds, grownMib } = await measure(archive());
    expect(inspection).toEqual({ form: 'corrupt', problem: expect.stringContaining(problem) });
    expect(milliseconds).toBeLessThan(1_000);
    expect(grownMib).toBeLessThan(100);
  });

  it('for 10,000 small entries, which are accepted', { timeout: 60_000 }, async () => {
    const { inspection, grownMib } = await measure(iotcp(small));
    expect(inspection).toMatchObject({ form: 'iotcp' });
    expect(grownMib).toBeLessThan(100);
  });
});
