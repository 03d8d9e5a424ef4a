import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Blobs, ListedBlob, Range } from '../app/blobs.ts';
import { attachment } from '../app/file-name.ts';
import { ok, refused } from '../domain/result.ts';
import { SECOND } from '../domain/time.ts';
import { decodeSums, encodeSums, sumsOfWhole } from './block-sums.ts';
import { digestsOf, openDigesters } from './digests.ts';
import { isFull, withFile } from './files.ts';
import { assertRange, assertSha256, isSha256 } from './guards.ts';
import { inspectArchive } from './iotcp.ts';
import { openLocks } from './locks.ts';
import { openBucket, type S3Place } from './s3-bucket.ts';
import { BucketUnusable, isBucketFull, isMisconfigured, isTaken, whyNot } from './s3-errors.ts';
import { sendFile } from './s3-upload.ts';
import { openSharedReads, type Source } from './shared-reads.ts';
import { type Spooled, spool } from './spool.ts';

export type S3Options = S3Place & {
  /** What keys begin with: empty, or a path that ends with a slash. */
  readonly prefix: string;
  /** Where uploads wait until their digests are known. */
  readonly spoolDirectory: string;
  /** Milliseconds for which a link is good, a week at most. */
  readonly linkTtl: number;
};

export type S3Blobs = Blobs & {
  /** Throws `BucketUnusable` when the bucket cannot be used; while the service is not reached, only if that is required. */
  check(options: { readonly required: boolean }): Promise<void>;
  close(): Promise<void>;
};

const WHOLE: Range = { start: 0, end: Number.POSITIVE_INFINITY };
/** Far away: larger than on disk, and some ahead. 32 MiB are kept. */
const BLOCK = 512 * 1024;
const MOST_BLOCKS = 64;
const AHEAD = 3;
/** Blobs whose size and sums are remembered: neither ever changes. */
const MOST_KNOWN = 64;

/** Any file, gone as soon as nobody has it open. */
const openNameless = async (directory: string) => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await rm(path, { force: true });
  return file;
};

/**
 * Package bytes as objects of an S3-compatible service: `<prefix>packages/<sha256>`, with the sums of their blocks in
 * `<prefix>sums/<sha256>` (docs/adr/0015). Any number of processes may share a bucket and a prefix.
 */
export const openS3Blobs = ({ prefix, spoolDirectory, linkTtl, ...place }: S3Options): S3Blobs => {
  const bucket = openBucket(place);
  const digesters = openDigesters();
  const exclusively = openLocks();
  const directory = resolve(spoolDirectory);
  const known = new Map<string, Pick<Source, 'size' | 'sums'>>();
  const packages = `${prefix}packages/`;

  const keyOf = (sha256: string): string => {
    assertSha256(sha256);
    return `${packages}${sha256}`;
  };
  const sumsKeyOf = (sha256: string): string => `${prefix}sums/${sha256}`;

  const readerOf = (key: string, size: number) => async (target: Buffer, position: number) => {
    const asked = target.subarray(0, Math.max(0, Math.min(target.length, size - position)));
    await bucket.fill(key, asked, position);
    return asked.length;
  };

  const keepSums = async (sha256: string, sums: Source['sums']): Promise<void> => {
    const bytes = encodeSums(sums);
    await bucket.put(sumsKeyOf(sha256), { bytes, md5: digestsOf(bytes).md5 });
  };

  const learn = async (sha256: string): Promise<Pick<Source, 'size' | 'sums'>> => {
    const key = keyOf(sha256);
    const [head, kept] = await Promise.all([bucket.head(key), bucket.whole(sumsKeyOf(sha256))]);
    if (head === undefined) throw new Error(`no blob ${sha256}`);
    const { size } = head;
    const whole = kept && decodeSums(kept, size);
    return { size, sums: whole ?? (await sumsOfWhole(sha256, size, readerOf(key, size))) };
  };

  const openSource = async (sha256: string): Promise<Source> => {
    const found = known.get(sha256) ?? (await learn(sha256));
    known.delete(sha256);
    known.set(sha256, found);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return { ...found, read: readerOf(keyOf(sha256), found.size), close: async () => {} };
  };
  const shared = openSharedReads({ open: openSource, block: BLOCK, mostBlocks: MOST_BLOCKS, ahead: AHEAD });

  /** Read back past everything that is remembered. */
  const hashOf = async (key: string, size: number): Promise<string> => {
    const [hash, buffer, read] = [createHash('sha256'), Buffer.allocUnsafe(BLOCK), readerOf(key, size)];
    for (let at = 0; at < size; at += BLOCK) hash.update(buffer.subarray(0, await read(buffer, at)));
    return hash.digest('hex');
  };

  /** Whether the object is what was sent: by its ETag, or where that tells nothing, by its bytes. */
  const isWhole = async (key: string, { blob }: Spooled, etag: string): Promise<boolean> => {
    const found = await bucket.head(key);
    if (found === undefined || found.size !== blob.size) return false;
    return found.etag === etag || found.etag === blob.md5 || (await hashOf(key, blob.size)) === blob.sha256;
  };

  const store = async (file: Awaited<ReturnType<typeof openNameless>>, spooled: Spooled): Promise<void> => {
    const { blob, sums } = spooled;
    const key = keyOf(blob.sha256);
    const fresh = (await bucket.head(key)) === undefined;
    await keepSums(blob.sha256, sums);
    // What is there already is written again: that renews its age, and mends it where it was altered.
    const etag = await sendFile(bucket, { key, file, blob, fresh }, digesters).catch((error: unknown) => {
      if (fresh && isTaken(error)) return '';
      throw error;
    });
    if (await isWhole(key, spooled, etag)) return;
    if (fresh) await bucket.remove(key);
    throw new Error(`the object store has not stored ${blob.sha256} as it was sent`);
  };

  const put: Blobs['put'] = async (source, limit) => {
    try {
      return await withFile(await openNameless(directory), async (file) => {
        const spooled = await spool(source, limit, file, digesters, { flush: false });
        if (spooled === undefined) return refused({ code: 'too-large', limit });
        await exclusively(spooled.blob.sha256, () => store(file, spooled));
        return ok(spooled.blob);
      });
    } catch (error) {
      if (isFull(error) || isBucketFull(error)) return refused({ code: 'storage-full' });
      throw error;
    }
  };

  async function* list(): AsyncGenerator<ListedBlob> {
    for await (const { key, storedAt } of bucket.list(packages)) {
      const sha256 = key.slice(packages.length);
      if (isSha256(sha256)) yield { sha256, storedAt };
    }
  }

  return {
    put,
    list,
    size: async (sha256) => (await bucket.head(keyOf(sha256)))?.size,
    open: (sha256, range = WHOLE) => {
      assertSha256(sha256);
      assertRange(range);
      return shared.stream(sha256, range);
    },
    pour: async (sha256, range, take) => {
      assertSha256(sha256);
      assertRange(range);
      await shared.pour(sha256, range, take);
    },
    inspect: async (sha256) => {
      assertSha256(sha256);
      return shared.use(sha256, (size, read) => inspectArchive({ size, read }));
    },
    remove: async (sha256, storedBefore = Number.POSITIVE_INFINITY) => {
      const key = keyOf(sha256);
      await exclusively(sha256, async () => {
        const found = await bucket.head(key);
        if (found === undefined || found.storedAt >= storedBefore) return;
        await bucket.remove(key);
        await bucket.remove(sumsKeyOf(sha256));
      });
    },
    link: async (sha256, { fileName, contentType }) =>
      bucket.sign(keyOf(sha256), Math.ceil(linkTtl / SECOND), {
        type: contentType,
        disposition: attachment(fileName),
      }),
    abandon: async (before) => {
      let count = 0;
      for await (const { key, uploadId, begunAt } of bucket.listUploads(packages)) {
        if (begunAt >= before) continue;
        await bucket.abort(key, uploadId);
        count += 1;
      }
      return count;
    },
    check: async ({ required }) => {
      try {
        await bucket.check();
      } catch (error) {
        if (required || isMisconfigured(error)) throw new BucketUnusable(whyNot(place, error));
      }
    },
    close: async () => {
      bucket.close();
      await digesters.close();
    },
  };
};
