// Starts the server. Where this were TypeScript too, Node would load what strips types, some 30 MB, for it alone.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// As compiled.ts has it, which is too late for itself.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/muster', import.meta.url)));
await import('./main.ts');
