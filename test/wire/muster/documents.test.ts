import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentRoutes } from '../../../src/api/muster/docs-page.ts';
import { Problem } from '../../../src/wire/muster/common.ts';
import type { Route } from '../../../src/wire/muster/route.ts';
import { basePath, routes } from '../../../src/wire/muster/routes.ts';
import { type Api, startApi } from '../../support/api.ts';
import { flawsInOpenApi } from '../../support/openapi-structure.ts';
import { realRoutes } from '../../support/real-routes.ts';

const table: Readonly<Record<string, Route>> = { ...routes, ...documentRoutes };

let api: Api;
beforeAll(async () => {
  api = await startApi({}, { MUSTER_PUBLIC_URL: 'https://muster.example' });
});
afterAll(() => api.close());

const read = (path: string) => api.call('GET', path, { as: null });

describe('openapi.json', () => {
  it('is an OpenAPI 3.1 document that nobody needs a token for', async () => {
    const { status, headers, body } = await read('/openapi.json');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(flawsInOpenApi(body)).toEqual([]);
    expect(body.servers).toEqual([{ url: 'https://muster.example/api/v1' }]);
  });

  it('lists every route that the server really has below its path, and no more', async () => {
    const { body } = await read('/openapi.json');
    const listed = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${basePath}${path}`),
    );
    const real = realRoutes(api.http)
      .filter((route) => route.includes(` ${basePath}/`))
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
    expect(listed.sort()).toEqual(real.sort());
  });

  it('says what the table says of every route', async () => {
    const { body } = await read('/openapi.json');
    for (const [name, route] of Object.entries(table)) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      const operation = body.paths[path][route.method.toLowerCase()];
      expect(operation).toMatchObject({ operationId: name, 'x-permission': route.access, tags: [route.tag] });
      expect(operation.summary).toBe(route.summary);
      expect(Object.keys(operation.responses)).toContain(String(route.status));
      expect(operation.requestBody !== undefined).toBe(
        route.body !== undefined || route.streams !== undefined,
      );
    }
  });

  it('is found wrong when it is', async () => {
    const { body } = await read('/openapi.json');
    const broken = structuredClone(body);
    broken.openapi = '3.0.0';
    broken.paths['/queries/{query}'].get.parameters = [];
    broken.paths['/queries'].get.responses = {};
    broken.paths['/queries'].post.operationId = 'listQueries';
    broken.paths['/queries'].post.requestBody.content['application/json'].schema.type = 'thing';
    delete broken.components.schemas.Query;
    expect(flawsInOpenApi(broken).length).toBeGreaterThanOrEqual(6);
  });
});

describe('every schema of a request', () => {
  const openObjects = (schema: unknown, at: string): string[] => {
    if (typeof schema !== 'object' || schema === null) return [];
    const inner = Object.entries(schema).flatMap(([key, part]) => openObjects(part, `${at}/${key}`));
    const isOpen = 'type' in schema && schema.type === 'object' && !('additionalProperties' in schema);
    return isOpen ? [at, ...inner] : inner;
  };

  it('says of all objects in it which names they take', () => {
    const parts = Object.entries(table).flatMap(([name, { params, query, body }]) =>
      Object.entries({ params, query, body }).map(([part, schema]): [string, TSchema | undefined] => [
        `${name} ${part}`,
        schema,
      ]),
    );
    expect(parts.flatMap(([at, schema]) => openObjects(schema, at))).toEqual([]);
  });
});

describe('the page', () => {
  it('is HTML that loads its own style and nothing else', async () => {
    const { status, headers, body } = await read('/docs');
    const page = String(body);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/<(script|img|iframe|object|style|base|form)\b| style=| on\w+=|@import/i);
    expect([...page.matchAll(/\b(?:src|href)="(?!#)([^"]*)"/g)].map(([, link]) => link)).toEqual([
      'docs.css',
      'openapi.json',
    ]);
    const style = await read('/docs.css');
    expect([style.status, style.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8']);
    expect(String(style.body)).not.toMatch(/url\(|@import/);
  });

  it('runs nothing and is framed by nobody, by its policy', async () => {
    const { headers } = await read('/docs');
    const policy = String(headers['content-security-policy']).split(';').sort();
    expect(policy).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "style-src 'self'",
    ]);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('shows every operation, its permission, and how to call it', async () => {
    const page = String((await read('/docs')).body);
    for (const [name, { access }] of Object.entries(table)) {
      const article = page.split(`<article id="${name}">`)[1]?.split('</article>')[0] ?? '';
      expect(article, name).toContain('curl ');
      expect(article, name).toContain(
        access === 'public' ? 'anyone' : access === 'signed-in' ? 'anyone signed in' : access,
      );
    }
  });

  it('has each of its ids once, a target for each link, and closes what it opens', async () => {
    const page = String((await read('/docs')).body);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(links.filter((link) => !ids.includes(link))).toEqual([]);
    const open: (string | undefined)[] = [];
    for (const [, end, name] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'link', 'wbr'].includes(name ?? '')) continue;
      if (end === '/') expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });
});

describe('errors', () => {
  it('are described as they are sent', async () => {
    const { body } = await read('/openapi.json');
    expect(body.components.schemas.Problem).toEqual(JSON.parse(JSON.stringify(Problem)));
  });
});
