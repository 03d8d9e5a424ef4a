import { stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, Rolldown } from 'vite';
import { buildDirectory } from './build-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** As main.js reads it. */
const STAMP = 'made-of.json';

/** What Node is told to start, in the process and in the thread that writes. */
const entries = { main: 'src/server/main.ts', 'sqlite-thread': 'src/store/sqlite-thread.mjs' } as const;

/** Those of hundreds of modules each. Others are left to Node: preloads and tools find them where they look. */
const inside = ['kysely', 'typebox'];
const ofInside = new RegExp(`^.*/node_modules/(${inside.join('|')})/`);

/** The file of a library whose version says enough of it; `undefined` where the module is ours. */
const versionOf = (id: string): string | undefined => {
  const [library] = ofInside.exec(id) ?? [];
  return library && `${library}package.json`;
};

/** Modules know their neighbours by where they are; entries are beside whatever starts them. */
const placesAsBefore: Plugin = {
  name: 'places-as-before',
  enforce: 'pre',
  transform: (code, id) => {
    if (versionOf(id) !== undefined) return null;
    const own = JSON.stringify(join('../..', relative(root, id)));
    return code.replaceAll(/new URL\(('[^']*'), import\.meta\.url\)/g, (known, path: string) =>
      Object.keys(entries).some((name) => path === `'./${name}.mjs'`)
        ? known
        : `new URL(${path}, new URL(${own}, import.meta.url))`,
    );
  },
};

/** Each file with its size in bytes and the second in which it was written: more than that does not outlive an image. */
const stampOf = async (chunks: readonly Rolldown.OutputChunk[]): Promise<string> => {
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds).filter(isAbsolute);
  const sources = [...new Set(modules.map((id) => versionOf(id) ?? id))].sort();
  const stamps = sources.map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return [relative(root, path), size, Math.floor(mtimeMs / 1_000)] as const;
  });
  return JSON.stringify(await Promise.all(stamps));
};

/**
 * Puts what a start loads into a few files in a directory of `dist`, since Node takes longer to find a thousand modules than to
 * run them. Nothing is lost without it: main.js takes the sources where the bundle is missing or older than they are.
 */
export const buildServer = async (name = 'server'): Promise<void> => {
  const { build } = await import('vite');
  await buildDirectory(join(root, 'dist', name), STAMP, async (made) => {
    const output = await build({
      ...{ configFile: false, root, logLevel: 'warn', plugins: [placesAsBefore] },
      ssr: { noExternal: inside },
      build: {
        ...{ ssr: true, outDir: made, target: 'esnext', minify: false },
        rolldownOptions: {
          input: entries,
          output: { format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
        },
      },
    });
    const chunks = [output].flat().flatMap((one) => ('output' in one ? one.output : []));
    const stamp = await stampOf(chunks.filter((one) => one.type === 'chunk'));
    await writeFile(join(made, STAMP), stamp);
  });
};
