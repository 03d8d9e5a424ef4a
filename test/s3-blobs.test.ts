import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobsContract } from './contract/blobs.ts';
import { openTestS3, type S3Process, startS3, strayObjects } from './support/s3.ts';

let s3: S3Process;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());

blobsContract('S3', async () => {
  const { blobs, options, spool, close } = await openTestS3(s3);
  return {
    ...{ blobs, close, tick: 1_100, readsOn: false },
    leftovers: async () => [...(await strayObjects(s3, options.prefix)), ...(await readdir(spool))],
  };
});

describe('blobs in an object store', () => {
  it('take and give any size in the same memory', { timeout: 240_000 }, async () => {
    const { options, close } = await openTestS3(s3);
    const script = join(import.meta.dirname, 'support', 's3-large-put.ts');
    const peak = async (mebibytes: number): Promise<number> => {
      const args = [script, JSON.stringify(options), `${mebibytes * 1024 * 1024}`];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return JSON.parse(stdout).peakRead;
    };
    // Four parts of 8 MiB are under way with the small one too.
    const [small, large] = [await peak(36), await peak(72)];
    expect(large).toBeLessThan(350);
    expect(large - small).toBeLessThan(36);
    await close();
  });
});
