import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { StoredBlob } from '../app/blobs.ts';
import type { Digesters } from './digests.ts';
import { fillFrom } from './files.ts';
import type { Bucket, Part } from './s3-bucket.ts';
import { isMissing } from './s3-errors.ts';

const MIB = 1024 * 1024;
/** At least 5 MiB, by the rules of S3. */
const PART = 8 * MIB;
const MOST_PARTS = 10_000;
/** What one upload holds in memory, where parts are small enough; they grow beyond 80 GB. */
const IN_FLIGHT = 4 * PART;

/** A file that is all there, and what there is in it. */
export type Upload = {
  readonly key: string;
  readonly file: FileHandle;
  readonly blob: StoredBlob;
  /** Fails where there is such an object already. */
  readonly fresh: boolean;
};

const partSizeOf = (size: number): number => Math.max(PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);

/** The ETag of what came in parts, as S3 makes it of their MD5 sums. */
const joinedTag = (sums: readonly string[]): string =>
  `${createHash('md5')
    .update(Buffer.from(sums.join(''), 'hex'))
    .digest('hex')}-${sums.length}`;

const readWhole = async (file: FileHandle, target: Uint8Array, position: number): Promise<void> => {
  const filled = await fillFrom(file, target, position);
  if (filled !== target.length) throw new Error(`the spooled file ends at ${position + filled}`);
};

const sendParts = async (
  bucket: Bucket,
  { key, file, blob: { size } }: Upload,
  digesters: Digesters,
  uploadId: string,
) => {
  const length = partSizeOf(size);
  const count = Math.ceil(size / length);
  const [parts, sums]: [Part[], string[]] = [[], []];
  const stopped = new AbortController();
  let next = 0;
  const lane = async (): Promise<void> => {
    const buffer = new Uint8Array(new SharedArrayBuffer(length));
    for (let index = next++; index < count && !stopped.signal.aborted; index = next++) {
      const bytes = buffer.subarray(0, Math.min(length, size - index * length));
      await readWhole(file, bytes, index * length);
      const md5 = await digesters.md5(bytes);
      sums[index] = md5;
      parts[index] = await bucket.putPart(key, uploadId, index + 1, { bytes, md5 }, stopped.signal);
    }
  };
  const lanes = Array.from({ length: Math.max(1, Math.min(count, Math.floor(IN_FLIGHT / length))) }, () =>
    lane().catch((error: unknown) => {
      stopped.abort();
      throw error;
    }),
  );
  // The file may be closed, and the upload let go of, only once nothing is in flight.
  const ends = await Promise.allSettled(lanes);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { parts, etag: joinedTag(sums) };
};

const putParts = async (bucket: Bucket, upload: Upload, digesters: Digesters): Promise<string> => {
  const { key, fresh } = upload;
  const uploadId = await bucket.begin(key);
  try {
    const { parts, etag } = await sendParts(bucket, upload, digesters, uploadId);
    await bucket.complete(key, uploadId, parts, fresh).catch((error: unknown) => {
      // An answer that was lost has the second try find no upload: whether it went well shows by the object.
      if (!isMissing(error)) throw error;
    });
    return etag;
  } catch (error) {
    // What cannot be let go of now is left to the sweep.
    await bucket.abort(key, uploadId).catch(() => undefined);
    throw error;
  }
};

/** Sends the file, in parts where it is large; the object is there only once all of it is. Answers the ETag it should have. */
export const sendFile = async (bucket: Bucket, upload: Upload, digesters: Digesters): Promise<string> => {
  const { key, file, fresh, blob } = upload;
  if (blob.size > PART) return putParts(bucket, upload, digesters);
  const bytes = new Uint8Array(blob.size);
  await readWhole(file, bytes, 0);
  await bucket.put(key, { bytes, md5: blob.md5, fresh });
  return blob.md5;
};
