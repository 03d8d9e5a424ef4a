import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const built = fileURLToPath(new URL('../../dist/console', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** In order of preference: the word in Accept-Encoding, and the ending of the file. */
const encodings = [
  { word: 'br', ending: '.br' },
  { word: 'gzip', ending: '.gz' },
] as const;

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Muster</title>
<h1>Muster is running</h1>
<p>Its console is not built here. Run <code>npm run build</code> in the checkout, then load this page again.</p>
<p>The API is there all the same: <a href="/api/v1/docs">its documentation</a>.</p>
</html>
`;

/** First parts of paths that are never a page: whoever misspells an API gets that API's own answer. */
const notPages = new Set(['api', 'assets', 'dd', 'dm', 'dl', 'healthz', 'readyz', 'metrics']);

const isPage = ({ method, url, headers }: FastifyRequest): boolean => {
  if (method !== 'GET' || !/\btext\/html\b/.test(headers.accept ?? '')) return false;
  const [first = '', second = ''] = (url.split('?')[0] ?? '').split('/').slice(1);
  return !notPages.has(first) && second !== 'controller';
};

/** Serves the built console: a page for each path that a browser asks for and nobody else answers, and its files. */
export type Console = {
  readonly serveFiles: (app: FastifyInstance) => void;
  /** Answers with the page if it is one that a browser asked for. */
  readonly answerPage: (request: FastifyRequest, reply: FastifyReply) => boolean;
};

type File = { readonly bytes: Buffer; readonly encoding: string | undefined };

/** Names of files as the build makes them; nothing else is looked for on the disk. */
const isName = (name: string): boolean => /^[\w-][\w.-]*$/.test(name);

export const openConsole = (directory = built): Console => {
  const files = new Map<string, Promise<File | undefined>>();
  let page: string | undefined;

  const read = async (path: string, encoding: string | undefined): Promise<File | undefined> =>
    readFile(path).then(
      (bytes) => ({ bytes, encoding }),
      () => undefined,
    );

  const load = async (name: string, accepted: string): Promise<File | undefined> => {
    const path = join(directory, 'assets', name);
    const wanted = encodings.find(({ word, ending }) => accepted.includes(word) && existsSync(path + ending));
    return wanted === undefined ? read(path, undefined) : read(path + wanted.ending, wanted.word);
  };

  const find = (name: string, accepted: string): Promise<File | undefined> => {
    const key = `${name} ${encodings.find(({ word }) => accepted.includes(word))?.word}`;
    const found = files.get(key);
    if (found !== undefined) return found;
    const loading = load(name, accepted);
    // What was not there may be there after a build.
    void loading.then((file) => file === undefined && files.delete(key));
    files.set(key, loading);
    return loading;
  };

  const indexPage = (): string | undefined => {
    const path = join(directory, 'index.html');
    page ??= existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    return page;
  };

  const sendPage = (reply: FastifyReply): void => {
    const nonce = randomBytes(16).toString('base64');
    const html = indexPage();
    void reply
      .code(200)
      .header('content-security-policy', policy(nonce))
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html?.replaceAll('__NONCE__', nonce) ?? NOT_BUILT);
  };

  return {
    answerPage: (request, reply) => {
      const answers = isPage(request);
      if (answers) sendPage(reply);
      return answers;
    },
    serveFiles: (app) => {
      app.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
        const { file: name } = request.params;
        const accepted = String(request.headers['accept-encoding'] ?? '');
        const file = isName(name) ? await find(name, accepted) : undefined;
        if (file === undefined) return reply.callNotFound();
        if (file.encoding !== undefined) reply.header('content-encoding', file.encoding);
        return reply
          .header('vary', 'accept-encoding')
          .header('cache-control', 'public, max-age=31536000, immutable')
          .type(types[extname(name)] ?? 'application/octet-stream')
          .send(file.bytes);
      });
    },
  };
};
