import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** So many bytes have one sum. */
const SUMMED = 128 * 1024;

/** A CRC-32 for each 128 KiB of a blob: what is read of it in any order can be checked before it goes on. */
export type BlockSums = Uint32Array;

/** The bytes on the storage are not those that were put there. */
export class AlteredBytes extends Error {
  constructor(sha256: string, detail: string) {
    super(`blob ${sha256} was altered on the storage: ${detail}`);
    this.name = 'AlteredBytes';
  }
}

/** Makes the sums of bytes that come in pieces of any size. */
export const createSummer = () => {
  const sums: number[] = [];
  let [sum, filled] = [0, 0];
  const close = (): void => {
    sums.push(sum);
    [sum, filled] = [0, 0];
  };
  return {
    add: (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + SUMMED - filled);
        sum = crc32(part, sum);
        filled += part.length;
        at += part.length;
        if (filled === SUMMED) close();
      }
    },
    end: (): BlockSums => {
      if (filled > 0) close();
      return Uint32Array.from(sums);
    },
  };
};

const MAGIC = Buffer.from('MSUM');

/** As they are kept beside the blob: little-endian, with a sum of their own at the end. */
export const encodeSums = (sums: BlockSums): Buffer => {
  const bytes = Buffer.alloc(MAGIC.length + (sums.length + 1) * 4);
  MAGIC.copy(bytes);
  sums.forEach((sum, index) => void bytes.writeUInt32LE(sum, MAGIC.length + index * 4));
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
};

/** Undefined for what are no sums of so many bytes, or were altered themselves. */
export const decodeSums = (bytes: Buffer, size: number): BlockSums | undefined => {
  const count = Math.ceil(size / SUMMED);
  if (bytes.length !== MAGIC.length + (count + 1) * 4 || !bytes.subarray(0, 4).equals(MAGIC))
    return undefined;
  if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) return undefined;
  return Uint32Array.from({ length: count }, (_, index) => bytes.readUInt32LE(MAGIC.length + index * 4));
};

/** Throws unless the bytes, which begin where a sum does, have their sums. */
export const checkSums = (sha256: string, sums: BlockSums, bytes: Uint8Array, position: number): void => {
  for (let at = 0; at < bytes.length; at += SUMMED) {
    const part = bytes.subarray(at, at + SUMMED);
    const start = position + at;
    if (crc32(part) !== sums[start / SUMMED])
      throw new AlteredBytes(sha256, `bytes ${start} to ${start + part.length - 1}`);
  }
};

/**
 * The sums of a blob that has none yet: all of it is read, and has to have its SHA-256. Throws `AlteredBytes` otherwise.
 */
export const sumsOfWhole = async (
  sha256: string,
  size: number,
  read: (target: Buffer, position: number) => Promise<number>,
): Promise<BlockSums> => {
  const [hash, summer, buffer] = [createHash('sha256'), createSummer(), Buffer.allocUnsafeSlow(SUMMED * 4)];
  for (let at = 0; at < size; ) {
    const bytes = buffer.subarray(0, await read(buffer, at));
    if (bytes.length === 0) break;
    hash.update(bytes);
    summer.add(bytes);
    at += bytes.length;
  }
  if (hash.digest('hex') !== sha256) throw new AlteredBytes(sha256, 'it does not have its SHA-256');
  return summer.end();
};
