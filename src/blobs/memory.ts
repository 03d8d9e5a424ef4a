import type { Blobs, ListedBlob, Range } from '../app/blobs.ts';
import { ok, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { digestsOf } from './digests.ts';
import { assertRange, assertSha256 } from './guards.ts';
import { inspectArchive } from './iotcp.ts';

type Held = { readonly bytes: Buffer; storedAt: Instant };

const WHOLE: Range = { start: 0, end: Number.POSITIVE_INFINITY };
const READ_CHUNK = 64 * 1024;

async function* slices(held: () => Held, { start, end }: Range): AsyncGenerator<Uint8Array> {
  const { bytes } = held();
  const stop = Math.min(end, bytes.length);
  for (let at = start; at < stop; at += READ_CHUNK) yield bytes.subarray(at, Math.min(at + READ_CHUNK, stop));
}

/** The fake: same behaviour, in memory. `capacity` is in bytes; a put that would exceed it finds the storage full. */
export const openMemoryBlobs = ({ capacity = Number.POSITIVE_INFINITY, now = Date.now } = {}): Blobs => {
  const blobs = new Map<string, Held>();
  const find = (sha256: string) => {
    assertSha256(sha256);
    return blobs.get(sha256);
  };
  const get = (sha256: string): Held => {
    const held = find(sha256);
    if (held === undefined) throw new Error(`no blob ${sha256}`);
    return held;
  };
  const used = () => blobs.values().reduce((sum, { bytes }) => sum + bytes.length, 0);

  const put: Blobs['put'] = async (source, limit) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of source) {
      size += part.byteLength;
      if (size > limit) return refused({ code: 'too-large', limit });
      if (used() + size > capacity) return refused({ code: 'storage-full' });
      parts.push(Uint8Array.from(part));
    }
    const bytes = Buffer.concat(parts);
    const digests = digestsOf(bytes);
    blobs.set(digests.sha256, { bytes, storedAt: now() });
    return ok({ ...digests, size });
  };

  async function* list(): AsyncGenerator<ListedBlob> {
    for (const [sha256, { storedAt }] of [...blobs]) yield { sha256, storedAt };
  }

  return {
    put,
    list,
    size: async (sha256) => find(sha256)?.bytes.length,
    open: (sha256, range = WHOLE) => {
      assertSha256(sha256);
      assertRange(range);
      return slices(() => get(sha256), range);
    },
    pour: async (sha256, range, take) => {
      assertRange(range);
      for await (const piece of slices(() => get(sha256), range)) await take(piece);
    },
    inspect: async (sha256) => {
      const { bytes } = get(sha256);
      const read = async (position: number, length: number) => bytes.subarray(position, position + length);
      return inspectArchive({ size: bytes.length, read });
    },
    remove: async (sha256, storedBefore = Number.POSITIVE_INFINITY) => {
      const held = find(sha256);
      if (held !== undefined && held.storedAt < storedBefore) blobs.delete(sha256);
    },
    link: async () => undefined,
    abandon: async () => 0,
  };
};
