import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Blobs, ListedBlob, Range } from '../app/blobs.ts';
import { ok, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { type BlockSums, decodeSums, encodeSums, sumsOfWhole } from './block-sums.ts';
import { openDigesters } from './digests.ts';
import { fillFrom, ifThere, isFull, isThere, withFile } from './files.ts';
import { assertRange, assertSha256, isSha256 } from './guards.ts';
import { abandonIncoming, openIncoming } from './incoming.ts';
import { inspectArchive } from './iotcp.ts';
import { openLocks } from './locks.ts';
import { openSharedReads, type Source } from './shared-reads.ts';
import { type Spooled, spool } from './spool.ts';

export type DiskBlobs = Blobs & { close(): Promise<void> };

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const WHOLE: Range = { start: 0, end: Number.POSITIVE_INFINITY };
const PREFIXES = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
const BLOCK = 128 * 1024;
const MOST_BLOCKS = 64;
/** One client alone got 844 MiB/s with it, 655 without: the next is read while this one is sent. */
const AHEAD = 2;

const syncDirectory = async (path: string): Promise<void> => {
  // Windows flushes no directory: its entries are in the journal.
  if (process.platform === 'win32') return;
  await withFile(await open(path, 'r'), (directory) => directory.sync());
};

/** Without room they are made again at the next reading. */
const unlessFull = (error: unknown): void => {
  if (!isFull(error)) throw error;
};

/** Makes the directory and flushes every directory that got a new entry by that. */
const makeDirectory = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
};

const prepare = async (root: string): Promise<void> => {
  await makeDirectory(root);
  const present = new Set(await readdir(root));
  const missing = PREFIXES.filter((prefix) => !present.has(prefix));
  await Promise.all(missing.map((prefix) => mkdir(join(root, prefix), { mode: DIRECTORY_MODE })));
  await syncDirectory(root);
};

/**
 * Package bytes in files: `<directory>/<first two hex digits>/<sha256>`, with the sums of their blocks beside them
 * (`.sums`), uploads under way in a folder of this process in `<directory>/arriving`, and what is about to be removed in
 * `<directory>/leaving`. Several processes may share a directory. Whoever only looks (`own` false) changes nothing, and may not put.
 */
export const openDiskBlobs = async (directory: string, own = true): Promise<DiskBlobs> => {
  const root = resolve(directory);
  // Not `incoming`: servers of release 0.1.0 empty that when they start.
  const uploads = join(root, 'arriving');
  if (own) await prepare(root);
  const incoming = own ? await openIncoming(uploads, DIRECTORY_MODE) : uploads;
  const leaving = join(root, 'leaving');
  const digesters = openDigesters();
  const exclusively = openLocks();

  const pathOf = (sha256: string): string => {
    assertSha256(sha256);
    return join(root, sha256.slice(0, 2), sha256);
  };
  const sizeOf = async (sha256: string) => (await ifThere(stat(pathOf(sha256))))?.size;

  const sumsPathOf = (sha256: string): string => `${pathOf(sha256)}.sums`;

  /** Another process takes the folder away where nothing has come for a day. */
  const newDraft = async (): Promise<string> => {
    await mkdir(incoming, { recursive: true, mode: DIRECTORY_MODE });
    return join(incoming, randomUUID());
  };

  // Not flushed: sums that are not there, or not whole, are made again.
  const keepSums = async (sha256: string, sums: BlockSums) => {
    const draft = await newDraft();
    try {
      await writeFile(draft, encodeSums(sums), { mode: FILE_MODE });
      await rename(draft, sumsPathOf(sha256));
    } finally {
      await rm(draft, { force: true });
    }
  };

  const openSource = async (sha256: string): Promise<Source> => {
    const file = await open(pathOf(sha256), 'r');
    try {
      const { size } = await file.stat();
      const read = (target: Buffer, position: number) => fillFrom(file, target, position);
      const kept = await ifThere(readFile(sumsPathOf(sha256)));
      const known = kept && decodeSums(kept, size);
      const sums = known ?? (await sumsOfWhole(sha256, size, read));
      if (known === undefined && own) await keepSums(sha256, sums).catch(unlessFull);
      return { size, sums, read, close: () => file.close() };
    } catch (error) {
      await file.close();
      throw error;
    }
  };
  const shared = openSharedReads({ open: openSource, block: BLOCK, mostBlocks: MOST_BLOCKS, ahead: AHEAD });

  const receive = async (path: string, source: AsyncIterable<Uint8Array>, limit: number) =>
    withFile(await open(path, 'wx', FILE_MODE), async (file) => {
      const spooled = await spool(source, limit, file, digesters);
      if (spooled !== undefined) await file.sync();
      return spooled;
    });

  /** Takes the place of known bytes too: those may have been altered. */
  const publish = async (temporary: string, { blob, sums }: Spooled) => {
    const path = pathOf(blob.sha256);
    await keepSums(blob.sha256, sums);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  };

  const put: Blobs['put'] = async (source, limit) => {
    const temporary = await newDraft();
    try {
      const spooled = await receive(temporary, source, limit);
      if (spooled === undefined) return refused({ code: 'too-large', limit });
      await exclusively(spooled.blob.sha256, () => publish(temporary, spooled));
      return ok(spooled.blob);
    } catch (error) {
      if (isFull(error)) return refused({ code: 'storage-full' });
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  };

  const inspect: Blobs['inspect'] = async (sha256) => {
    assertSha256(sha256);
    return shared.use(sha256, (size, read) => inspectArchive({ size, read }));
  };

  async function* list(): AsyncGenerator<ListedBlob> {
    for (const prefix of PREFIXES) {
      for (const sha256 of (await readdir(join(root, prefix))).filter(isSha256)) {
        const found = await ifThere(stat(pathOf(sha256)));
        if (found !== undefined) yield { sha256, storedAt: found.mtimeMs };
      }
    }
  }

  /** Back to where it was, unless the same bytes were put there since. */
  const putBack = async (sha256: string) => {
    const taken = join(leaving, sha256);
    const linked = link(taken, pathOf(sha256)).catch((error: unknown) => {
      if (!isThere(error)) throw error;
    });
    if ((await ifThere(linked.then(() => true))) !== undefined) await rm(taken, { force: true });
  };

  /** What a process has taken away, and was killed before it had looked at it again. */
  const putLeftBack = async () => {
    for (const sha256 of (await readdir(leaving)).filter(isSha256)) await putBack(sha256);
  };

  /** Taken away first and looked at again: another process may have put the same bytes in between. */
  const removeUnlessNewer = async (sha256: string, storedBefore: Instant) => {
    const path = pathOf(sha256);
    const taken = join(leaving, sha256);
    const found = await ifThere(stat(path));
    if (found === undefined || found.mtimeMs >= storedBefore) return;
    await ifThere(rename(path, taken));
    // Another one that removes it may have been quicker.
    const again = await ifThere(stat(taken));
    if (again === undefined) return;
    if (again.mtimeMs >= storedBefore) return putBack(sha256);
    await rm(taken, { force: true });
    await rm(sumsPathOf(sha256), { force: true });
  };

  const removeNow = async (sha256: string) => {
    await rm(pathOf(sha256), { force: true });
    await rm(sumsPathOf(sha256), { force: true });
  };

  if (own) {
    await mkdir(leaving, { recursive: true, mode: DIRECTORY_MODE });
    await putLeftBack();
  }
  return {
    put,
    inspect,
    list,
    size: async (sha256) => sizeOf(sha256),
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
    link: async () => undefined,
    abandon: async (before) => {
      await putLeftBack();
      return abandonIncoming(uploads, incoming, before);
    },
    remove: async (sha256, storedBefore) =>
      exclusively(sha256, () =>
        storedBefore === undefined ? removeNow(sha256) : removeUnlessNewer(sha256, storedBefore),
      ),
    close: async () => {
      if (own) await rm(incoming, { recursive: true, force: true });
      await digesters.close();
    },
  };
};
