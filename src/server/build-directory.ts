import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Of two builds that are done at the same time one is as good as the other. */
const takePlace = async (made: string, directory: string, stamp: string): Promise<void> => {
  const old = `${made}-old`;
  await rename(directory, old).catch(() => undefined);
  try {
    await rename(made, directory);
  } catch (error) {
    if (!existsSync(join(directory, stamp))) throw error;
    await rm(made, { recursive: true, force: true });
  }
  await rm(old, { recursive: true, force: true });
};

/**
 * Makes a directory anew, with a file `stamp` that says what of. It is not seen before it is whole: it takes the place of
 * the old one at once.
 */
export const buildDirectory = async (
  directory: string,
  stamp: string,
  make: (made: string) => Promise<void>,
): Promise<void> => {
  const made = `${directory}-${process.pid}`;
  await mkdir(made, { recursive: true });
  try {
    await make(made);
    await takePlace(made, directory, stamp);
  } finally {
    // It is there no longer, but where something went wrong.
    await rm(made, { recursive: true, force: true });
  }
};
