import { existsSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = 'restore.unfinished';
/** The key, before it is there as a whole. */
export const KEY_DRAFT = 'secrets.key.restored';
/** All that a restore puts into a data directory, but the key. */
const PARTS = [KEY_DRAFT, 'muster.db', 'muster.db-wal', 'muster.db-shm', 'muster.db-journal', 'packages'];

/** A restore into this directory has not come to its end: what is there is not all there was. */
export class UnfinishedRestore extends Error {
  constructor(directory: string) {
    super(
      `a restore into ${directory} was not finished, so that this server does not start on it. ` +
        'Run the restore again: it begins anew',
    );
    this.name = 'UnfinishedRestore';
  }
}

export const isUnfinished = (directory: string): boolean => existsSync(join(directory, MARKER));

/** Throws `UnfinishedRestore` where the directory is not to be used. */
export const refuseUnfinished = (directory: string): void => {
  if (isUnfinished(directory)) throw new UnfinishedRestore(directory);
};

const flushDirectory = async (path: string): Promise<void> => {
  // Windows flushes no directory: its entries are in the journal.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
};

/** From here until `unmark`, no server starts on this directory. Flushed. */
export const mark = async (directory: string): Promise<void> => {
  const handle = await open(join(directory, MARKER), 'w', 0o600);
  await handle.sync().finally(() => handle.close());
  await flushDirectory(directory);
};

export const unmark = async (directory: string): Promise<void> => {
  await flushDirectory(directory);
  await rm(join(directory, MARKER));
  await flushDirectory(directory);
};

/** Takes away what a restore that was not finished has left, but for its mark. */
export const clear = async (directory: string): Promise<void> => {
  for (const part of PARTS) await rm(join(directory, part), { recursive: true, force: true });
};

/** What is in a directory, besides a key that somebody put there to be used. Nothing where there is none. */
export const contentOf = async (directory: string): Promise<readonly string[]> => {
  if (!existsSync(directory)) return [];
  const names = await readdir(directory);
  return names.filter((name) => !['secrets.key', 'lost+found', MARKER].includes(name));
};
