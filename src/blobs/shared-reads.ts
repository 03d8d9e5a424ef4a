import type { Range, Take } from '../app/blobs.ts';
import { type BlockSums, checkSums } from './block-sums.ts';

/** A blob while somebody reads it. */
export type Source = {
  readonly size: number;
  readonly sums: BlockSums;
  /** Fills the buffer from a position on; fewer bytes only where the blob ends. */
  readonly read: (target: Buffer, position: number) => Promise<number>;
  readonly close: () => Promise<void>;
};

export type ReadingOptions = {
  /** Throws where there is no such blob. */
  readonly open: (sha256: string) => Promise<Source>;
  /** Bytes that are read at once, a multiple of what has one sum. */
  readonly block: number;
  /** Blocks that are kept. Those who fetch the same package at the same time are seldom further apart than 8 MiB. */
  readonly mostBlocks: number;
  /** Blocks that are read before somebody has come to them: more, the further away the storage is. */
  readonly ahead: number;
};

type Shared = { readonly source: Promise<Source>; readers: number };

/** A part of a blob; its buffer is for another part once nobody uses it and it is not kept any more. */
type Block = { readonly buffer: Buffer; readonly length: Promise<number>; users: number; kept: boolean };

/** Bytes from a position on, copied; fewer than asked for only at the end. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export type SharedReads = {
  /** Hands out a range piece by piece, each once the one before was taken; an end beyond that of the blob is its end. */
  readonly pour: (sha256: string, range: Range, take: Take) => Promise<void>;
  /** The same bytes, copied: they stay as they are. */
  readonly stream: (sha256: string, range: Range) => AsyncGenerator<Uint8Array>;
  /** Lets something read here and there, of one blob of a size. */
  readonly use: <Value>(
    sha256: string,
    work: (size: number, read: ReadAt) => Promise<Value>,
  ) => Promise<Value>;
};

/**
 * Reads for many at once: whoever asks for the same part of the same blob at about the same time shares the open blob and
 * one buffer. A campaign has thousands fetch the same bytes, and a buffer of its own for each piece cost more than sending
 * it did. Buffers are used again: they would not be collected before there are many. Every byte is checked before it is
 * handed out: `AlteredBytes` is thrown where the storage gives others than were put there.
 */
export const openSharedReads = ({ open, block: length, mostBlocks, ahead }: ReadingOptions): SharedReads => {
  const files = new Map<string, Shared>();
  /** By SHA-256 and number; the one used longest ago makes room. */
  const blocks = new Map<string, Block>();
  const spare: Buffer[] = [];

  const enter = (sha256: string): Shared => {
    const file = files.get(sha256) ?? { source: open(sha256), readers: 0 };
    file.readers += 1;
    files.set(sha256, file);
    return file;
  };

  const leave = (sha256: string, file: Shared): void => {
    file.readers -= 1;
    if (file.readers > 0) return;
    files.delete(sha256);
    // Whoever read it has been told that it is not there.
    file.source.then((source) => source.close()).catch(() => undefined);
  };

  const giveBack = ({ users, kept, buffer }: Block): void => {
    if (users === 0 && !kept && spare.length < mostBlocks) spare.push(buffer);
  };

  const drop = (name: string, block: Block): void => {
    blocks.delete(name);
    block.kept = false;
    giveBack(block);
  };

  const fill = async (
    sha256: string,
    { source }: Shared,
    buffer: Buffer,
    number: number,
  ): Promise<number> => {
    const { read, sums } = await source;
    const filled = await read(buffer, number * length);
    checkSums(sha256, sums, buffer.subarray(0, filled), number * length);
    return filled;
  };

  /** Being filled counts as a use: a buffer that somebody still writes to is for nothing else. */
  const load = (name: string, sha256: string, file: Shared, number: number): Block => {
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(length);
    const filling = fill(sha256, file, buffer, number);
    const block: Block = { buffer, length: filling, users: 1, kept: true };
    const filled = (): void => {
      block.users -= 1;
      giveBack(block);
    };
    filling.then(filled, () => {
      if (blocks.get(name) === block) drop(name, block);
      filled();
    });
    return block;
  };

  const blockOf = (sha256: string, file: Shared, number: number): Block => {
    const name = `${sha256} ${number}`;
    const block = blocks.get(name) ?? load(name, sha256, file, number);
    blocks.delete(name);
    const [oldest] = blocks;
    if (blocks.size >= mostBlocks && oldest !== undefined) drop(...oldest);
    blocks.set(name, block);
    return block;
  };

  const prepare = (sha256: string, file: Shared, from: number, size: number, end: number): void => {
    for (let number = from; number < from + ahead && number * length < Math.min(size, end); number += 1)
      blockOf(sha256, file, number);
  };

  /** The pieces of a range, each good until the next is asked for. */
  async function* pieces(sha256: string, file: Shared, { start, end }: Range): AsyncGenerator<Uint8Array> {
    const { size } = await file.source;
    for (let at = start; at < Math.min(size, end); ) {
      const number = Math.floor(at / length);
      const block = blockOf(sha256, file, number);
      block.users += 1;
      try {
        prepare(sha256, file, number + 1, size, end);
        const from = at - number * length;
        const piece = block.buffer.subarray(from, Math.min(await block.length, from + end - at));
        if (piece.length === 0) throw new Error(`blob ${sha256} ends at ${at} instead of ${size}`);
        yield piece;
        at += piece.length;
      } finally {
        block.users -= 1;
        giveBack(block);
      }
    }
  }

  async function* borrowed(sha256: string, range: Range): AsyncGenerator<Uint8Array> {
    const file = enter(sha256);
    try {
      yield* pieces(sha256, file, range);
    } finally {
      leave(sha256, file);
    }
  }

  return {
    pour: async (sha256, range, take) => {
      for await (const piece of borrowed(sha256, range)) await take(piece);
    },
    stream: async function* (sha256, range) {
      for await (const piece of borrowed(sha256, range)) yield Buffer.from(piece);
    },
    use: async (sha256, work) => {
      const file = enter(sha256);
      try {
        const { size } = await file.source;
        return await work(size, async (position, count) => {
          const parts: Buffer[] = [];
          for await (const piece of pieces(sha256, file, { start: position, end: position + count }))
            parts.push(Buffer.from(piece));
          return Buffer.concat(parts);
        });
      } finally {
        leave(sha256, file);
      }
    },
  };
};
