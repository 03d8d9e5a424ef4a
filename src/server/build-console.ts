import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDirectory } from './build-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = join(root, 'dist/console');
/** What the build was made of; beside the files and not among those that are served. */
const STAMP = 'made-of.txt';
const stamp = join(directory, STAMP);

const sources = [
  'src/console/**/*.{ts,tsx,css,html,svg}',
  'src/client/**/*.ts',
  'src/wire/muster/*.ts',
  'vite.config.ts',
  'package-lock.json',
];

const fingerprint = async (): Promise<string> => {
  const files = await Array.fromAsync(glob(sources, { cwd: root }));
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !/\.test\.tsx?$/.test(name)).sort()) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
};

/** Whatever the environment says, as it does in tests: what is built is what is served. */
const inProduction = async (work: () => Promise<void>): Promise<void> => {
  // Vite and React ask here which of their two halves is meant, and have no other place for it.
  const { env } = process;
  const was = env['NODE_ENV'];
  env['NODE_ENV'] = 'production';
  try {
    await work();
  } finally {
    if (was === undefined) delete env['NODE_ENV'];
    else env['NODE_ENV'] = was;
  }
};

/** Builds the console into `dist/console`, unless what is there was built of the same sources. */
export const buildConsole = async (): Promise<'built' | 'unchanged'> => {
  const madeOf = await fingerprint();
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === madeOf) return 'unchanged';
  await buildDirectory(directory, STAMP, async (made) => {
    await inProduction(async () => {
      const { build } = await import('vite');
      await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir: made } });
    });
    await writeFile(join(made, STAMP), madeOf);
  });
  return 'built';
};

if (import.meta.main) await buildConsole();
