import type { FileHandle } from 'node:fs/promises';

const FULL_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Whether there was no room for what was written. */
export const isFull = (error: unknown): boolean => FULL_CODES.some((code) => code === codeOf(error));

/** Whether something could not be made because it is there. */
export const isThere = (error: unknown): boolean => codeOf(error) === 'EEXIST';

/** The value, or undefined when the file is not there. */
export const ifThere = async <T>(value: Promise<T>): Promise<T | undefined> => {
  try {
    return await value;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** Closes the file whatever becomes of its use. */
export const withFile = async <T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> => {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
};

/** Fills a buffer from a position of a file on; answers how many bytes there are. */
export const fillFrom = async (file: FileHandle, target: Uint8Array, position: number): Promise<number> => {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
};
