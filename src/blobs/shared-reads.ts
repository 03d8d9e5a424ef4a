import { type FileHandle, open } from 'node:fs/promises';
import type { Range, Take } from '../app/blobs.ts';

const BLOCK = 128 * 1024;
/** 8 MiB: those who fetch the same package at the same time are seldom further apart. */
const MOST_BLOCKS = 64;

/** A file while somebody reads it. */
type Shared = { readonly handle: Promise<FileHandle>; readers: number };

/** A part of a file; its buffer is for another part once nobody uses it and it is not kept any more. */
type Block = { readonly buffer: Buffer; readonly length: Promise<number>; users: number; kept: boolean };

export type SharedReads = {
  /**
   * Hands out a range of a file that never changes, piece by piece, each once the one before was taken. Throws as the
   * file does; an end beyond that of the file is its end.
   */
  readonly pour: (path: string, range: Range, take: Take) => Promise<void>;
};

/**
 * Reads for many at once: whoever asks for the same part of the same file at about the same time shares the open file
 * and one buffer. A campaign has thousands fetch the same bytes, and a buffer of its own for each piece cost more than
 * sending it did. Buffers are used again: they would not be collected before there are many.
 */
export const openSharedReads = (mostBlocks = MOST_BLOCKS): SharedReads => {
  const files = new Map<string, Shared>();
  /** By path and number; the one used longest ago makes room. */
  const blocks = new Map<string, Block>();
  const spare: Buffer[] = [];

  const enter = (path: string): Shared => {
    const file = files.get(path) ?? { handle: open(path, 'r'), readers: 0 };
    file.readers += 1;
    files.set(path, file);
    return file;
  };

  const leave = (path: string, file: Shared): void => {
    file.readers -= 1;
    if (file.readers > 0) return;
    files.delete(path);
    // Whoever read it has been told that it is not there.
    file.handle.then((handle) => handle.close()).catch(() => undefined);
  };

  const giveBack = ({ users, kept, buffer }: Block): void => {
    if (users === 0 && !kept && spare.length < mostBlocks) spare.push(buffer);
  };

  const drop = (name: string, block: Block): void => {
    blocks.delete(name);
    block.kept = false;
    giveBack(block);
  };

  const load = (name: string, file: Shared, number: number): Block => {
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
    const block: Block = { buffer, length: fill(file, buffer, number), users: 0, kept: true };
    block.length.catch(() => {
      if (blocks.get(name) === block) drop(name, block);
    });
    return block;
  };

  const blockOf = (path: string, file: Shared, number: number): Block => {
    const name = `${path} ${number}`;
    const block = blocks.get(name) ?? load(name, file, number);
    blocks.delete(name);
    const [oldest] = blocks;
    if (blocks.size >= mostBlocks && oldest !== undefined) drop(...oldest);
    blocks.set(name, block);
    return block;
  };

  /** Hands out what a block has of a range; answers how much that is, 0 at the end of the file. */
  const hand = async (block: Block, { start, end }: Range, take: Take): Promise<number> => {
    block.users += 1;
    try {
      const from = start % BLOCK;
      const piece = block.buffer.subarray(from, Math.min(await block.length, from + end - start));
      if (piece.length > 0) await take(piece);
      return piece.length;
    } finally {
      block.users -= 1;
      giveBack(block);
    }
  };

  return {
    pour: async (path, { start, end }, take) => {
      const file = enter(path);
      try {
        for (let at = start; at < end; ) {
          const handed = await hand(blockOf(path, file, Math.floor(at / BLOCK)), { start: at, end }, take);
          if (handed === 0) return;
          at += handed;
        }
      } finally {
        leave(path, file);
      }
    },
  };
};

/** Reads a block of a file into a buffer; answers how many bytes there are. */
const fill = async ({ handle }: Shared, buffer: Buffer, number: number): Promise<number> => {
  const file = await handle;
  let filled = 0;
  while (filled < BLOCK) {
    const { bytesRead } = await file.read(buffer, filled, BLOCK - filled, number * BLOCK + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
};
