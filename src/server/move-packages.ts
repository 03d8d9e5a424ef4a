import { parseArgs } from 'node:util';
import type { Blobs } from '../app/blobs.ts';
import { AlteredBytes } from '../blobs/block-sums.ts';
import { BucketUnusable } from '../blobs/s3-errors.ts';
import { refuseUnfinished, UnfinishedRestore } from './backup/marker.ts';
import { loadModulesCompiled } from './compiled.ts';
import { type Config, ConfigError, configFromEnv } from './config.ts';
import { readEnv } from './env.ts';
import { openBucketOf, openDisk, type PackageStore } from './package-store.ts';
import { print } from './report-lines.ts';

/*
 * Run by the command line as a process of its own: `move-packages.ts --to s3|disk [--delete]`, between the data directory
 * and the bucket that the environment names. Tells what it does in lines of JSON: `{"step"}`, then `{"result"}` or `{"error"}`.
 * It may be stopped at any time, and does the rest when it is run again.
 */

loadModulesCompiled();
const { values } = parseArgs({ options: { to: { type: 'string' }, delete: { type: 'boolean' } } });

/** Why nothing can be moved as asked; a sentence for a person. */
class CannotMove extends Error {}

type Ends = { readonly from: PackageStore; readonly into: PackageStore };

const openEnds = async (config: Config): Promise<Ends> => {
  const { s3 } = config.packages;
  if (s3 === undefined)
    throw new CannotMove('MUSTER_S3_BUCKET and its fellows have to name the object store');
  const bucket = await openBucketOf(s3, config, { required: true });
  // A server may be running on the directory that is only read.
  return values.to === 's3'
    ? { from: await openDisk(config, false), into: bucket }
    : { from: bucket, into: await openDisk(config) };
};

const PACE = 2_000;

/** Copies one package unless it is there; answers how many bytes that were. */
const copy = async ({ from, into }: Ends, sha256: string): Promise<number> => {
  const size = await from.size(sha256);
  if (size === undefined || (await into.size(sha256)) === size) return 0;
  const put = await into.put(from.open(sha256), Number.POSITIVE_INFINITY);
  if (!put.ok) throw new CannotMove('there is no room for the packages');
  return size;
};

/** Takes away what is in both places. */
const takeAway = async ({ from, into }: Ends, names: readonly string[]): Promise<number> => {
  let deleted = 0;
  for (const sha256 of names) {
    if ((await into.size(sha256)) !== (await from.size(sha256))) continue;
    await from.remove(sha256);
    deleted += 1;
  }
  return deleted;
};

const namesIn = async (blobs: Pick<Blobs, 'list'>): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const { sha256 } of blobs.list()) names.push(sha256);
  return names;
};

const move = async (ends: Ends) => {
  const names = await namesIn(ends.from);
  const altered: string[] = [];
  let [copied, bytes, told] = [0, 0, performance.now()];
  for (const [index, sha256] of names.entries()) {
    try {
      const size = await copy(ends, sha256);
      copied += size > 0 ? 1 : 0;
      bytes += size;
    } catch (error) {
      if (!(error instanceof AlteredBytes)) throw error;
      altered.push(sha256);
    }
    if (performance.now() - told < PACE) continue;
    told = performance.now();
    print({ step: `${index + 1} of ${names.length} packages` });
  }
  const deleted = values.delete ? await takeAway(ends, names) : 0;
  return { found: names.length, copied, bytes, deleted, altered };
};

const run = async (): Promise<void> => {
  const config = configFromEnv(readEnv());
  refuseUnfinished(config.dataDirectory);
  const ends = await openEnds(config);
  print({ result: await move(ends) });
  await Promise.all([ends.from.close(), ends.into.close()]);
};

run().catch((error: unknown) => {
  const plain = [ConfigError, UnfinishedRestore, BucketUnusable, CannotMove];
  const refused = plain.some((kind) => error instanceof kind);
  print({ error: error instanceof Error ? error.message : String(error), refused });
  process.exitCode = 1;
});
