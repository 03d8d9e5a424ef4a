import type { FileHandle } from 'node:fs/promises';
import type { StoredBlob } from '../app/blobs.ts';
import { type BlockSums, createSummer } from './block-sums.ts';
import { type Digesters, type Digesting, type Digests, digestsOf } from './digests.ts';

/** 512 KiB times 4 is what one upload holds; larger or more chunks measured no faster. */
const CHUNK = 512 * 1024;
const CHUNKS = 4;

/** Flushing behind the writer leaves little for the last flush: 1 GiB went from 410 to 500 MiB/s. */
const FLUSH_EVERY = 32 * 1024 * 1024;

/** What was written, and the sums of its blocks. */
export type Spooled = { readonly blob: StoredBlob; readonly sums: BlockSums };

type Failure = { readonly error: unknown };
type Chunk = { readonly bytes: Uint8Array<SharedArrayBuffer>; idle: Promise<void> };

type Writer = {
  /** Takes the bytes over; a promise when its end must be awaited, because all chunks may be in flight. */
  append(bytes: Uint8Array): Promise<void> | undefined;
  /** Resolves once every byte is written and hashed. */
  finish(): Promise<Digests>;
  /** Resolves once nothing is in flight any more, whatever became of it. */
  settle(): Promise<void>;
};

const writeAll = async (file: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
};

const openWriter = (file: FileHandle, digesters: Digesters, flush: boolean): Writer => {
  const chunks: Chunk[] = [];
  let filled = 0;
  let turn = 0;
  let position = 0;
  let flushed = 0;
  let flushing: Promise<void> | undefined;
  let digesting: Digesting | undefined;
  let failure: Failure | undefined;

  // Kept rather than rejected: it may happen while nobody awaits, and a failed flush is reported only once.
  const keep = (error: unknown) => {
    failure ??= { error };
  };
  const raise = () => {
    if (failure !== undefined) throw failure.error;
  };
  const flushBehind = () => {
    if (!flush || flushing !== undefined || position - flushed < FLUSH_EVERY) return;
    flushed = position;
    flushing = file
      .datasync()
      .catch(keep)
      .finally(() => {
        flushing = undefined;
      });
  };
  const current = (): Chunk => {
    const known = chunks[turn];
    if (known !== undefined) return known;
    const fresh = { bytes: new Uint8Array(new SharedArrayBuffer(CHUNK)), idle: Promise.resolve() };
    chunks[turn] = fresh;
    return fresh;
  };
  const send = () => {
    const chunk = current();
    const bytes = chunk.bytes.subarray(0, filled);
    digesting ??= digesters.begin();
    chunk.idle = Promise.allSettled([writeAll(file, bytes, position), digesting.update(bytes)]).then(
      (ends) => {
        for (const end of ends) if (end.status === 'rejected') keep(end.reason);
      },
    );
    position += filled;
    filled = 0;
    turn = (turn + 1) % CHUNKS;
    flushBehind();
  };
  const settle = async () => {
    await Promise.all(chunks.map((chunk) => chunk.idle));
    await flushing;
  };
  const appendAcross = async (bytes: Uint8Array) => {
    for (let taken = 0; taken < bytes.byteLength; ) {
      const part = bytes.subarray(taken, taken + CHUNK - filled);
      current().bytes.set(part, filled);
      filled += part.byteLength;
      taken += part.byteLength;
      if (filled < CHUNK) return;
      send();
      await current().idle;
      raise();
    }
  };
  const append = (bytes: Uint8Array) => {
    if (filled + bytes.byteLength >= CHUNK) return appendAcross(bytes);
    current().bytes.set(bytes, filled);
    filled += bytes.byteLength;
    return undefined;
  };
  const finishSmall = async () => {
    const bytes = current().bytes.subarray(0, filled);
    await writeAll(file, bytes, 0);
    return digestsOf(bytes);
  };
  const finish = async () => {
    if (digesting === undefined) return finishSmall();
    send();
    await settle();
    raise();
    const digests = await digesting.finish();
    digesting = undefined;
    return digests;
  };
  return {
    append,
    finish,
    settle: async () => {
      await settle();
      await digesting?.finish();
    },
  };
};

/**
 * Writes the source to the file and hashes it on the way, in memory that does not grow with it; undefined as
 * soon as it exceeds the limit. Without `flush` it is only to be read again. Nothing is in flight when this ends, so the file may be closed.
 */
export const spool = async (
  source: AsyncIterable<Uint8Array>,
  limit: number,
  file: FileHandle,
  digesters: Digesters,
  { flush }: { readonly flush: boolean } = { flush: true },
): Promise<Spooled | undefined> => {
  const writer = openWriter(file, digesters, flush);
  const summer = createSummer();
  let size = 0;
  try {
    for await (const bytes of source) {
      size += bytes.byteLength;
      if (size > limit) return undefined;
      summer.add(bytes);
      const room = writer.append(bytes);
      if (room !== undefined) await room;
    }
    return { blob: { ...(await writer.finish()), size }, sums: summer.end() };
  } finally {
    await writer.settle();
  }
};
