import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
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
