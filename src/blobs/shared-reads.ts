import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Range } from '../app/blobs.ts';

/** 1 GiB over loopback took 0.8 s and 0.6 s of processor, against 1.5 s and 1.0 s with Node's 64 KiB; more did not help. */
export const BLOCK = 64 * 1024;
/** 16 MiB: those who fetch the same package at the same time are seldom further apart. */
const MOST_BLOCKS = 128;

/** A file while somebody reads it. */
type Shared = { readonly handle: Promise<FileHandle>; readers: number };

export type SharedReads = {
  /** A range of a file that never changes. Fails as the file does; an end beyond that of the file is its end. */
  readonly stream: (path: string, range: Range) => Readable;
};

/**
 * Reads for many at once: whoever asks for the same part of the same file at about the same time shares the open file
 * and one buffer, which nobody writes to. A campaign has thousands fetch the same bytes, and each buffer of its own
 * cost more than sending it did.
 */
export const openSharedReads = (mostBlocks = MOST_BLOCKS): SharedReads => {
  const files = new Map<string, Shared>();
  /** By path and number; the one used longest ago makes room. */
  const blocks = new Map<string, Buffer | Promise<Buffer>>();

  const take = (path: string): Shared => {
    const known = files.get(path);
    const file = known ?? { handle: open(path, 'r'), readers: 0 };
    // Whoever reads is told; a file that is not there is asked for again by the next one.
    if (known === undefined) file.handle.catch(() => files.delete(path));
    file.readers += 1;
    files.set(path, file);
    return file;
  };

  const release = (path: string, file: Shared): void => {
    file.readers -= 1;
    if (file.readers > 0) return;
    if (files.get(path) === file) files.delete(path);
    file.handle.then((handle) => handle.close()).catch(() => undefined);
  };

  const load = async (file: Shared, number: number): Promise<Buffer> => {
    const handle = await file.handle;
    const buffer = Buffer.allocUnsafeSlow(BLOCK);
    let filled = 0;
    while (filled < BLOCK) {
      const { bytesRead } = await handle.read(buffer, filled, BLOCK - filled, number * BLOCK + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };

  const keep = (name: string, block: Buffer | Promise<Buffer>): void => {
    blocks.delete(name);
    const [oldest] = blocks.keys();
    if (blocks.size >= mostBlocks && oldest !== undefined) blocks.delete(oldest);
    blocks.set(name, block);
  };

  const blockOf = (path: string, file: Shared, number: number): Buffer | Promise<Buffer> => {
    const name = `${path} ${number}`;
    const known = blocks.get(name);
    const block = known ?? load(file, number);
    keep(name, block);
    if (known !== undefined || !(block instanceof Promise)) return block;
    const isStill = (): boolean => blocks.get(name) === block;
    block.then(
      (loaded) => isStill() && blocks.set(name, loaded),
      () => isStill() && blocks.delete(name),
    );
    return block;
  };

  return {
    stream: (path, { start, end }) => {
      const file = take(path);
      let position = start;
      let released = false;
      const send = (stream: Readable, block: Buffer): void => {
        const from = position % BLOCK;
        const part = block.subarray(from, Math.min(block.length, from + end - position));
        position += part.length;
        stream.push(part.length === 0 ? null : part);
      };
      return new Readable({
        // Nothing is read ahead: what the system has taken to send lasts until the next block is there.
        highWaterMark: 0,
        read() {
          if (position >= end) return void this.push(null);
          const block = blockOf(path, file, Math.floor(position / BLOCK));
          if (block instanceof Promise) {
            block.then(
              (loaded) => send(this, loaded),
              (error: Error) => this.destroy(error),
            );
          } else send(this, block);
        },
        destroy(error, done) {
          if (!released) release(path, file);
          released = true;
          done(error);
        },
      });
    },
  };
};
