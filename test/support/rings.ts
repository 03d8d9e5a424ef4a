import { glob, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The checkout. */
export const ROOT = join(import.meta.dirname, '../..');

/** For each ring, by its path below `src`, the rings its tsconfig references. */
export type References = Readonly<Record<string, readonly string[]>>;

const SRC = join(ROOT, 'src');

export const readReferences = async (): Promise<References> => {
  const configs = await Array.fromAsync(glob('**/tsconfig.json', { cwd: SRC }));
  const entries = configs.sort().map(async (config): Promise<[string, readonly string[]]> => {
    const ring = dirname(config);
    return [ring, (await referencedPaths(join(SRC, config))).map((path) => relative(SRC, path))];
  });
  return Object.fromEntries(await Promise.all(entries));
};

/** Absolute paths of the projects that a tsconfig references. */
export const referencedPaths = async (config: string): Promise<readonly string[]> => {
  const { references = [] }: { references?: readonly { path: string }[] } = JSON.parse(
    await readFile(config, 'utf8'),
  );
  return references.map(({ path }) => join(dirname(config), path)).sort();
};

/** Everything a ring may import: itself, what it references, and what those reference in turn. */
export const reachable = (references: References, ring: string): ReadonlySet<string> => {
  const found = new Set([ring]);
  for (const next of found) for (const target of references[next] ?? []) found.add(target);
  return found;
};
