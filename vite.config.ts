import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the server listens while the console is worked on with `npx vite`. */
const server = 'http://127.0.0.1:8080';

const squeeze = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  gz: (bytes: Uint8Array) => promisify(gzip)(bytes, { level: 9 }),
} as const;

/** Below this a response is one packet anyhow. */
const SMALL = 1_024;

/** Leaves each file that gets smaller by it beside it, compressed once and for all. */
const precompress = (): Plugin => ({
  name: 'muster:precompress',
  apply: 'build',
  generateBundle: {
    order: 'post',
    async handler(_, bundle) {
      const files = Object.values(bundle).filter(({ fileName }) => /\.(?:js|css|svg)$/.test(fileName));
      await Promise.all(
        files.map(async (file) => {
          const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
          if (bytes.length < SMALL) return;
          for (const [ending, compress] of Object.entries(squeeze)) {
            const source = await compress(bytes);
            this.emitFile({ type: 'asset', fileName: `${file.fileName}.${ending}`, source });
          }
        }),
      );
    },
  },
});

/** Documents are checked in the browser too: their schema comes as it is, without the package that it was made with. */
const documentSchema = (): Plugin => ({
  name: 'muster:document-schema',
  enforce: 'pre',
  async load(id) {
    if (!id.endsWith('/src/wire/muster/campaign-document.ts')) return undefined;
    const found = await import('./src/wire/muster/campaign-document.ts');
    const values = { documentVersion: found.documentVersion, campaignSchema: found.campaignSchema };
    return Object.entries(values)
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
      .join('\n');
  },
});

/** The console. The server puts a nonce of its own in place of the word in each page. */
export default defineConfig({
  root: at('./src/console'),
  publicDir: false,
  plugins: [documentSchema(), react(), precompress()],
  resolve: {
    alias: {
      // Of the route table only methods and paths are needed here; the schemas are for the server.
      typebox: at('./src/console/no-schemas.ts'),
    },
  },
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: at('./dist/console'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  server: { proxy: { '/api': server } },
});
