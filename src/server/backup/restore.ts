import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../../app/blobs.ts';
import { BucketUnusable } from '../../blobs/s3-errors.ts';
import { CannotLoad, checkTables, type Insert, type Loaded, migrationsUpTo } from '../../store/load.ts';
import type { Config } from '../config.ts';
import { openBucketOf, openPackages } from '../package-store.ts';
import { createSealing } from '../sealing.ts';
import { keyFileOf, readKeys } from '../secrets-key.ts';
import { fromLines, KEY_CHECK, keyCheckAbout, type Manifest } from './format.ts';
import { clear, contentOf, isUnfinished, KEY_DRAFT, mark, unmark } from './marker.ts';
import { linesOf, peekManifest, readBackup, type Verified, type Visit, verifyBackup } from './read.ts';
import { BadBackup } from './tar-reader.ts';

export type RestoreOptions = {
  readonly file: string;
  readonly config: Pick<Config, 'dataDirectory' | 'database' | 'packages' | 'secrets'>;
  /** A file that holds the key. */
  readonly keyFile?: string | undefined;
  /** Whatever was sealed stays so for ever. */
  readonly withoutKey?: boolean | undefined;
  /** Is told what is done next. */
  readonly tell: (step: string) => void;
};

/** Why a restore cannot be done as asked; a sentence for a person. */
class CannotRestore extends Error {}

/** The text of the key that the restored server is to have, and whether the data directory has to be given it. */
type FoundKey = { readonly text: string; readonly from: string; readonly write: boolean };

const readKeyFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new CannotRestore(`the key file ${file} cannot be read`);
  }
};

const findKey = ({ config, keyFile }: RestoreOptions, inBackup: string | undefined): FoundKey | undefined => {
  const own = keyFileOf(config.dataDirectory);
  if (config.secrets.keys !== undefined)
    return { text: config.secrets.keys.join(','), from: 'MUSTER_SECRETS_KEY', write: false };
  if (keyFile !== undefined) return { text: readKeyFile(keyFile), from: keyFile, write: true };
  if (existsSync(own)) return { text: readKeyFile(own), from: own, write: false };
  return inBackup === undefined ? undefined : { text: inBackup, from: 'the backup', write: true };
};

/** Throws unless the key opens what the server of the backup has sealed. */
const checkKey = (manifest: Manifest, key: FoundKey | undefined, options: RestoreOptions): void => {
  if (key === undefined) {
    if (options.withoutKey) return;
    throw new CannotRestore(
      'the backup was made without its key: give the secrets.key of the server that made it (--key-file, or ' +
        'MUSTER_SECRETS_KEY). Without it, no device with a pre-shared key or OMA-DM password can be known again',
    );
  }
  const keys = readKeys(key.text);
  if (keys === undefined)
    throw new CannotRestore(`${key.from} holds no key: expected the base64 of 32 bytes`);
  const sealing = createSealing(keys);
  const opens = (check: string): boolean => sealing.open(check, keyCheckAbout(manifest.id)) === KEY_CHECK;
  if (manifest.keyChecks.every(opens)) return;
  throw new CannotRestore(
    `${key.from} is not the key of the server that made the backup (or not all of its keys)`,
  );
};

const checkEmpty = async ({ dataDirectory, database }: RestoreOptions['config']): Promise<void> => {
  if (!isUnfinished(dataDirectory)) {
    const [content] = await contentOf(dataDirectory);
    if (content !== undefined) {
      throw new CannotRestore(
        `the data directory ${dataDirectory} is not empty (${content}): restore into a new one`,
      );
    }
  }
  if (database.kind === 'sqlite') return;
  const { checkEmptyPostgres } = await import('../../store/load-postgres.ts');
  await checkEmptyPostgres(database.url);
};

const checkBucket = async (config: RestoreOptions['config']): Promise<void> => {
  const { s3 } = config.packages;
  if (s3 !== undefined) await (await openBucketOf(s3, config, { required: true })).close();
};

/** Whole, or not at all: what is half of a key would be taken for one. */
const writeKey = async (directory: string, text: string): Promise<void> => {
  const draft = join(directory, KEY_DRAFT);
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.write(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, keyFileOf(directory));
};

const putPackage = async (blobs: Blobs, sha256: string, bytes: AsyncIterable<Buffer>): Promise<void> => {
  const put = await blobs.put(bytes, Number.POSITIVE_INFINITY);
  if (!put.ok) throw new CannotRestore('there is no room for the packages');
  // Told as missing: they were altered before the backup was made.
  if (put.value.sha256 !== sha256) await blobs.remove(put.value.sha256);
};

const visitWith =
  (manifest: Manifest, blobs: Blobs, insert: Insert): Visit =>
  async (part, entry) => {
    if (part.kind === 'package') return putPackage(blobs, part.sha256, entry.bytes);
    if (part.kind !== 'rows') return;
    const table = manifest.tables.find(({ name }) => name === part.table);
    if (table === undefined) throw new BadBackup(`the backup has rows of an unknown table ${part.table}`);
    await insert(table, fromLines(await linesOf(entry)));
  };

const load = async (
  { database }: RestoreOptions['config'],
  tables: Loaded,
  fill: (insert: Insert) => Promise<void>,
): Promise<void> => {
  if (database.kind === 'sqlite') {
    const { loadSqlite } = await import('../../store/load-sqlite.ts');
    return loadSqlite(database.file, tables, fill);
  }
  const { loadPostgres } = await import('../../store/load-postgres.ts');
  return loadPostgres(database.url, tables, fill);
};

/** What can be told from the beginning of the file, before all of it is read. */
const checkEarly = async (options: RestoreOptions): Promise<void> => {
  const manifest = await peekManifest(options.file);
  migrationsUpTo(manifest.schema);
  checkTables(manifest);
  const key = findKey(options, undefined);
  if (key !== undefined || !manifest.withKey) checkKey(manifest, key, options);
};

/**
 * Puts a backup into a data directory, and a database, that have nothing yet. Throws `BadBackup`, `CannotRestore` or
 * `CannotLoad` before anything was written where the file, the key or the target is at fault. Killed, it leaves a directory on
 * which no server starts, and no tables in PostgreSQL.
 */
export const restoreBackup = async (options: RestoreOptions): Promise<Verified> => {
  const { file, config, tell } = options;
  const { dataDirectory } = config;
  checkThere(file);
  await checkEmpty(config);
  await checkBucket(config);
  await checkEarly(options);
  tell('checking the backup');
  const verified = await verifyBackup(file);
  const key = findKey(options, verified.key);
  checkKey(verified.manifest, key, options);
  tell('restoring');
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await mark(dataDirectory);
  await clear(dataDirectory);
  const blobs = await openPackages(config);
  try {
    await load(config, verified.manifest, async (insert) => {
      const again = await readBackup(file, visitWith(verified.manifest, blobs, insert));
      if (again.manifest.id !== verified.manifest.id) throw new BadBackup('the file was changed meanwhile');
      // Before the tables are there: they are of no use without it.
      if (key?.write) await writeKey(dataDirectory, key.text);
    });
  } finally {
    await blobs.close();
  }
  await unmark(dataDirectory);
  return verified;
};

/** Throws unless there is such a file. */
export const checkThere = (file: string): void => {
  if (!existsSync(file)) throw new CannotRestore(`there is no file ${file}`);
};

/** Whether the message of an error is all that a person has to read. */
export const isExpected = (error: unknown): error is Error =>
  error instanceof BadBackup ||
  error instanceof CannotRestore ||
  error instanceof CannotLoad ||
  error instanceof BucketUnusable;
