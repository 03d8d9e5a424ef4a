import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerErrors } from '../api/muster/error-handler.ts';
import { openConsole } from './console.ts';

const INDEX = '<script type="module" nonce="__NONCE__" src="/assets/main-1a.js"></script>';
const html = { accept: 'text/html,application/xhtml+xml' };

let directory = '';
let app: FastifyInstance;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-built-'));
  await mkdir(join(directory, 'assets'));
  app = Fastify();
  const pages = openConsole(directory);
  answerErrors(app, pages.answerPage);
  pages.serveFiles(app);
  app.get('/:tenant/controller/v1/:id', async () => ({ from: 'devices' }));
});
afterEach(async () => {
  await app.close();
  await rm(directory, { recursive: true, force: true });
});

const build = async (): Promise<void> => {
  await writeFile(join(directory, 'index.html'), INDEX);
  const files = {
    'main-1a.js': 'plain',
    'main-1a.js.br': 'brotli',
    'main-1a.js.gz': 'gzip',
    'small-2b.css': 'css',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, 'assets', name), text);
};
const get = (url: string, headers: Readonly<Record<string, string>> = html) =>
  app.inject({ method: 'GET', url, headers });

describe('the console', () => {
  it('is one page for every path that a browser asks for, never kept, with a nonce of its own', async () => {
    await build();
    const seen = new Set<string>();
    for (const path of ['/', '/campaigns', '/campaigns/c1?tab=plan', '/devices/a%2Fb']) {
      const { statusCode, headers, body } = await get(path);
      expect(statusCode, path).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
      });
      const nonce = /nonce="([^"]{20,})"/.exec(body)?.[1] ?? '';
      expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`);
      expect(headers['content-security-policy']).toContain("script-src 'self';");
      expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
      seen.add(nonce);
    }
    expect(seen.size).toBe(4);
  });

  it.each(['/api/v1/nothing', '/metrics/x', '/dm', '/dl/t/f', '/assets/none.js', '/t1/controller/v2/d1'])(
    'is not in the way of %s',
    async (path) => {
      await build();
      const { statusCode, headers } = await get(path);
      expect(statusCode).toBe(404);
      expect(headers['content-type']).toContain('application/problem+json');
    },
  );

  it('is not in the way of devices, not even in an account of the name of a page', async () => {
    await build();
    for (const tenant of ['campaigns', 'assets', 'DEFAULT'])
      expect((await get(`/${tenant}/controller/v1/d1`)).json()).toEqual({ from: 'devices' });
  });

  it('is no answer to programs, nor to what would change something', async () => {
    await build();
    expect((await get('/campaigns', { accept: 'application/json' })).statusCode).toBe(404);
    expect((await get('/campaigns', {})).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/campaigns', headers: html })).statusCode).toBe(404);
  });

  it.each([
    ['gzip, deflate, br', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['', 'plain', undefined],
  ])('hands out files for ever, compressed as %j allows', async (accepted, body, encoding) => {
    await build();
    const reply = await get('/assets/main-1a.js', { 'accept-encoding': accepted });
    expect(reply.body).toBe(body);
    expect(reply.headers['content-encoding']).toBe(encoding);
    expect(reply.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'accept-encoding',
    });
  });

  it('hands out a file as it is where compressing did not help', async () => {
    await build();
    const { body, headers } = await get('/assets/small-2b.css', { 'accept-encoding': 'br' });
    expect(body).toBe('css');
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('hands out nothing from outside of its files', async () => {
    await build();
    for (const name of ['..%2Findex.html', '.hidden', '%2e%2e%2findex.html', 'none.js'])
      expect((await get(`/assets/${name}`)).statusCode, name).toBe(404);
  });

  it('says how to build it where it is not built, and is there once it is', async () => {
    expect((await get('/')).body).toContain('npm run build');
    await build();
    expect((await get('/')).body).toContain('/assets/main-1a.js');
    expect((await get('/assets/main-1a.js', {})).body).toBe('plain');
  });
});
