import { accessSync, constants } from 'node:fs';

const isThere = (directory: string): boolean => {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** A directory of which no disk hears, for tests that flush very often; `undefined` where the system has none. */
export const memoryDirectory = isThere('/dev/shm') ? '/dev/shm' : undefined;
