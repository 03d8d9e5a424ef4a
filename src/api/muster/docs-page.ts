import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { ok } from '../../domain/result.ts';
import { type Route, routeTable } from '../../wire/muster/route.ts';
import type { Handler } from './call.ts';
import { docsPage } from './docs-html.ts';
import { toOpenApi } from './openapi.ts';
import { type Registering, register } from './register.ts';

const tag = 'Documentation';
const shared = { method: 'GET', access: 'public', tag, status: 200 } as const;

/** What tells people and programs about the API. Not for its clients, so not in the table they share. */
export const documentRoutes = routeTable({
  readOpenApi: {
    ...shared,
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document',
    replies: 'application/json',
  },
  readDocs: { ...shared, path: '/docs', summary: 'This page', replies: 'text/html' },
  readDocsStyle: { ...shared, path: '/docs.css', summary: 'How this page looks', replies: 'text/css' },
});

type Documents = { readonly [Name in keyof typeof documentRoutes]: string };

const style = readFileSync(new URL('./docs.css', import.meta.url), 'utf8');

/** Registers the documents about `table` and themselves. */
export const serveDocuments = (
  app: FastifyInstance,
  deps: Registering & { readonly version: string },
  table: Readonly<Record<string, Route>>,
): void => {
  const documentsFor = (serverUrl: string): Documents => {
    const document = toOpenApi({ ...table, ...documentRoutes }, { version: deps.version, serverUrl });
    return { readOpenApi: JSON.stringify(document), readDocs: docsPage(document), readDocsStyle: style };
  };
  let made: { readonly url: string; readonly documents: Documents } | undefined;
  const documents = (): Documents => {
    const url = deps.baseUrl();
    if (made?.url !== url) made = { url, documents: documentsFor(url) };
    return made.documents;
  };
  const serve =
    (name: keyof Documents): Handler<Route> =>
    async ({ reply }) => {
      await reply
        .header('cache-control', 'no-cache')
        .type(`${documentRoutes[name].replies}; charset=utf-8`)
        .send(documents()[name]);
      return ok(undefined);
    };
  for (const [name, route] of Object.entries(documentRoutes)) {
    register<Route>(app, deps, route, serve(name as keyof Documents));
  }
};
