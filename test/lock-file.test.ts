import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

type Entry = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
const { packages }: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(text);

const namesIn = (entry: Entry): readonly string[] =>
  [entry.dependencies, entry.devDependencies, entry.optionalDependencies].flatMap((some) =>
    Object.keys(some ?? {}),
  );

/** Where Node looks for what a package at `path` imports, nearest first. */
const places = (path: string): readonly string[] => {
  const parts = path === '' ? [] : path.split('/node_modules/');
  return [...parts.keys(), parts.length]
    .map((depth) => parts.slice(0, depth).join('/node_modules/'))
    .reverse();
};

const isThere = (path: string, name: string): boolean =>
  places(path).some((place) => `${place === '' ? '' : `${place}/`}node_modules/${name}` in packages);

// `npm ci` refuses a lock file that lacks one, even one for another machine, and even one that nobody publishes.
it('has an entry in the lock file for every package that another names there', () => {
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  const lacking = Object.entries(packages).flatMap(([path, entry]) =>
    namesIn(entry)
      .filter((name) => !isThere(path, name))
      .map((name) => `${name}, named by ${path}`),
  );
  expect(lacking).toEqual([]);
});
