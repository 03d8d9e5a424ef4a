import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Sealing } from '../app/protocol-ports.ts';
import { type Config, ConfigError } from './config.ts';
import { createSealing, readSecretsKey } from './sealing.ts';
import { settings } from './settings.ts';

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Puts a new key there unless another process has: whole and flushed before anybody can see it under its name. */
const make = (file: string): void => {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isThere(error)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

const flushDirectory = (directory: string): void => {
  // Windows flushes no directory: its entries are in the journal.
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** The first seals, all of them open. */
export type Keys = readonly [Uint8Array, ...Uint8Array[]];

/** Keys in base64, separated by commas; `undefined` when one of them is none. */
export const readKeys = (text: string): Keys | undefined => {
  const [first, ...others] = text.split(',').map(readSecretsKey);
  const known = others.filter((key) => key !== undefined);
  return first === undefined || known.length < others.length ? undefined : [first, ...known];
};

export const keyFileOf = (directory: string): string => join(directory, 'secrets.key');

/** The keys in the data directory, one made when there is none. Throws `ConfigError` when the file holds something else. */
const keysOfDirectory = (directory: string): Keys => {
  const file = keyFileOf(directory);
  if (readIfThere(file) === undefined) {
    make(file);
    flushDirectory(directory);
  }
  const keys = readKeys(readFileSync(file, 'utf8'));
  if (keys !== undefined) return keys;
  throw new ConfigError([
    `${settings.secretsKey.name}: expected the base64 of 32 bytes in ${file}; what is there is not shown because it is ` +
      'secret. Put the file back from a backup: secrets that devices share with this server open with no other key',
  ]);
};

/** The keys that are set, else those in the data directory, which must be there. */
export const secretsKeysOf = ({ secrets, dataDirectory }: Pick<Config, 'secrets' | 'dataDirectory'>): Keys =>
  (secrets.keys === undefined ? undefined : readKeys(secrets.keys.join(','))) ??
  keysOfDirectory(dataDirectory);

/** Seals under the first of them. */
export const openSealing = (config: Pick<Config, 'secrets' | 'dataDirectory'>): Sealing =>
  createSealing(secretsKeysOf(config));
