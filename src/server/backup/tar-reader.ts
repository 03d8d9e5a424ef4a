import { createHash } from 'node:crypto';
import { BLOCK, type Entry, paddingOf, readHeader, sizeIn } from './tar-header.ts';

/** The file is not a whole and unaltered backup; a sentence for a person. */
export class BadBackup extends Error {}

/** An entry on its way in. Its bytes are read once; what is left of them is skipped. */
export type ReadEntry = Entry & {
  readonly bytes: AsyncIterable<Buffer>;
  /** SHA-256 in hex of all bytes of the file before this entry. */
  readonly hashBefore: () => string;
};

/** It has no end. */
export const cutShort = (): BadBackup =>
  new BadBackup('the file is cut short: it ends before the backup does');

/** Bytes by number out of chunks of any size. */
const openSource = (source: AsyncIterable<Buffer>) => {
  const chunks = source[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let rest: Buffer = Buffer.alloc(0);

  /** At most so many, at least one; none at the end of the file. */
  const some = async (most: number): Promise<Buffer | undefined> => {
    while (rest.length === 0) {
      const { value, done } = await chunks.next();
      if (done) return undefined;
      rest = value;
    }
    const bytes = rest.subarray(0, most);
    rest = rest.subarray(most);
    hash.update(bytes);
    return bytes;
  };
  async function* stream(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const bytes = await some(left);
      if (bytes === undefined) throw cutShort();
      left -= bytes.length;
      yield bytes;
    }
  }
  const whole = async (count: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for await (const bytes of stream(count)) parts.push(bytes);
    return Buffer.concat(parts);
  };
  return { hash, stream, whole, close: async () => void (await chunks.return?.()) };
};

type Source = ReturnType<typeof openSource>;

/** The next entry, with the size that an extended header before it told. */
const nextEntry = async ({ whole }: Source): Promise<Entry | undefined> => {
  for (let told: number | undefined; ; ) {
    const header = readHeader(await whole(BLOCK));
    if (header === undefined) throw new BadBackup('the file is no backup of Muster, or was altered');
    if (header === 'end') {
      // There are two such blocks.
      await whole(BLOCK);
      return undefined;
    }
    if (header.type === 'file') return { name: header.name, size: told ?? header.size };
    if (header.size > BLOCK) throw new BadBackup('the file is no backup of Muster, or was altered');
    told = sizeIn((await whole(header.size + paddingOf(header.size))).subarray(0, header.size));
  }
};

/** The entries of a tar, in order, in memory that does not grow with them. Throws `BadBackup` for what is none. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadEntry> {
  const source = openSource(chunks);
  try {
    for (;;) {
      const before = source.hash.copy();
      const entry = await nextEntry(source);
      if (entry === undefined) return;
      const bytes = source.stream(entry.size);
      yield { ...entry, bytes, hashBefore: () => before.digest('hex') };
      for await (const _ of bytes);
      await source.whole(paddingOf(entry.size));
    }
  } finally {
    await source.close();
  }
}
