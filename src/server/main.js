// Starts the server. Where this were TypeScript too, Node would load what strips types, some 30 MB, for it alone.
import { readFileSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

// As compiled.ts has it, which is too late for itself.
enableCompileCache(fileURLToPath(new URL('node_modules/.cache/muster', root)));

/** Whether the bundle (build-server.ts) was made of the sources as they are. */
const isCurrent = () => {
  try {
    const stamp = JSON.parse(readFileSync(new URL('dist/server/made-of.json', root), 'utf8'));
    return stamp.every(([path, size, second]) => {
      const found = statSync(new URL(path, root));
      return found.size === size && Math.floor(found.mtimeMs / 1_000) === second;
    });
  } catch {
    return false;
  }
};

await import(isCurrent() ? '../../dist/server/main.mjs' : './main.ts');
