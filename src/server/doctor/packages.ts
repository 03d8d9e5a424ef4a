import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { StoredAccount } from '../../app/account-records.ts';
import type { Blobs } from '../../app/blobs.ts';
import type { Store } from '../../app/ports.ts';
import { AlteredBytes } from '../../blobs/block-sums.ts';
import { BucketUnusable } from '../../blobs/s3-errors.ts';
import type { Config } from '../config.ts';
import { openBucketOf, openDisk } from '../package-store.ts';
import { type Finding, fine, problem } from './finding.ts';

const ANY = { text: '', kind: null, make: '', model: '' } as const;

/** Sizes by SHA-256, of the packages of all accounts. */
const sizesOf = async (
  store: Store,
  accounts: readonly StoredAccount[],
): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>();
  for (const { key } of accounts) {
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<Store['packages']['list']>> = await store.packages.list(key, ANY, {
        ...{ after, limit: 500 },
      });
      for (const { digests } of page.items) sizes.set(digests.sha256, digests.size);
      after = page.next;
    }
  }
  return sizes;
};

const isAltered = async (blobs: Blobs, sha256: string): Promise<boolean> => {
  const hash = createHash('sha256');
  try {
    for await (const bytes of blobs.open(sha256)) hash.update(bytes);
  } catch (error) {
    if (error instanceof AlteredBytes) return true;
    throw error;
  }
  return hash.digest('hex') !== sha256;
};

/** What is wrong with the bytes of a package, in words. */
const flawOf = async (
  blobs: Blobs,
  sha256: string,
  size: number,
  deep: boolean,
): Promise<string | undefined> => {
  const found = await blobs.size(sha256);
  if (found === undefined) return 'is missing';
  if (found !== size) return `has ${found} bytes instead of ${size}`;
  return deep && (await isAltered(blobs, sha256)) ? 'was altered' : undefined;
};

const todo = 'upload the package again: the same bytes come to the same place';

/** Where the bytes of packages are, as a person finds them there. */
const placeOf = ({ dataDirectory, packages: { s3 } }: Config, sha256: string): string =>
  s3 === undefined
    ? join(dataDirectory, 'packages', sha256.slice(0, 2), sha256)
    : `s3://${s3.bucket}/${s3.prefix}packages/${sha256}`;

/** Whether the bytes of every package are there; `deep` reads and hashes them. */
export const checkPackages = async (
  config: Config,
  store: Store,
  accounts: readonly StoredAccount[],
  deep: boolean,
): Promise<readonly Finding[]> => {
  try {
    return await checkIn(config, store, accounts, deep);
  } catch (error) {
    if (!(error instanceof BucketUnusable)) throw error;
    return [problem('packages', error.message, 'see to the object store, and to the settings MUSTER_S3_*')];
  }
};

const checkIn = async (
  config: Config,
  store: Store,
  accounts: readonly StoredAccount[],
  deep: boolean,
): Promise<readonly Finding[]> => {
  const { s3 } = config.packages;
  const blobs =
    s3 === undefined ? await openDisk(config, false) : await openBucketOf(s3, config, { required: true });
  const sizes = await sizesOf(store, accounts);
  const findings: Finding[] = [];
  for (const [sha256, size] of sizes) {
    const flaw = await flawOf(blobs, sha256, size, deep);
    if (flaw !== undefined) findings.push(problem('packages', `${placeOf(config, sha256)} ${flaw}`, todo));
  }
  await blobs.close();
  if (findings.length > 0) return findings;
  const how = deep ? 'are there and have their SHA-256' : 'are there (--deep hashes them)';
  return [fine('packages', `the bytes of ${sizes.size} ${how}`)];
};
