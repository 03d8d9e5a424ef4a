import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../app/ports.ts';
import type { StoredAccount } from '../../app/records.ts';
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

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 256 * 1024 })) hash.update(bytes);
  return hash.digest('hex');
};

/** What is wrong with the bytes of a package, in words. */
const flawOf = async (
  file: string,
  sha256: string,
  size: number,
  deep: boolean,
): Promise<string | undefined> => {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return 'is missing';
  if (found.size !== size) return `has ${found.size} bytes instead of ${size}`;
  if (!deep) return undefined;
  return (await digestOf(file)) === sha256 ? undefined : 'was altered';
};

const todo = 'upload the package again: the same bytes come to the same place';

/** Whether the bytes of every package are there; `deep` reads and hashes them. */
export const checkPackages = async (
  directory: string,
  store: Store,
  accounts: readonly StoredAccount[],
  deep: boolean,
): Promise<readonly Finding[]> => {
  const sizes = await sizesOf(store, accounts);
  const findings: Finding[] = [];
  for (const [sha256, size] of sizes) {
    const file = join(directory, 'packages', sha256.slice(0, 2), sha256);
    const flaw = await flawOf(file, sha256, size, deep);
    if (flaw !== undefined) findings.push(problem('packages', `${file} ${flaw}`, todo));
  }
  if (findings.length > 0) return findings;
  const how = deep ? 'are there and have their SHA-256' : 'are there (--deep hashes them)';
  return [fine('packages', `the bytes of ${sizes.size} ${how}`)];
};
