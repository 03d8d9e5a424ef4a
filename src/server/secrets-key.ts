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
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** The key in the data directory, made when there is none. Throws `ConfigError` when the file holds something else. */
const keyOfDirectory = (directory: string): Uint8Array => {
  const file = join(directory, 'secrets.key');
  if (readIfThere(file) === undefined) {
    make(file);
    flushDirectory(directory);
  }
  const key = readSecretsKey(readFileSync(file, 'utf8'));
  if (key !== undefined) return key;
  throw new ConfigError([
    `${settings.secretsKey.name}: expected the base64 of 32 bytes in ${file}; what is there is not shown because it is ` +
      'secret. Put the file back from a backup: secrets that devices share with this server open with no other key',
  ]);
};

/** Seals under the keys that are set, else under the one in the data directory, which must be there. */
export const openSealing = ({
  secrets,
  dataDirectory,
}: Pick<Config, 'secrets' | 'dataDirectory'>): Sealing => {
  const [first, ...others] = (secrets.keys ?? []).flatMap((text) => readSecretsKey(text) ?? []);
  return createSealing(first === undefined ? [keyOfDirectory(dataDirectory)] : [first, ...others]);
};
