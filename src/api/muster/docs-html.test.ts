import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { routeTable } from '../../wire/muster/route.ts';
import { curlOf, docsPage } from './docs-html.ts';
import { toOpenApi } from './openapi.ts';

const nasty = `</code><script>alert("1")</script> & 'so on'`;
const common = { access: 'Edit Thing', tag: nasty, summary: nasty, description: nasty, status: 200 } as const;
const params = Type.Object({ thing: Type.String({ description: nasty, examples: [nasty], pattern: nasty }) });
const table = routeTable({
  editThing: {
    ...common,
    method: 'PATCH',
    path: '/things/:thing',
    params,
    body: Type.Object({ "it's": Type.String({ examples: ["o'clock"] }) }),
    reply: Type.Object({ [nasty]: Type.Literal(nasty) }),
  },
  uploadThing: { ...common, method: 'POST', path: '/things', streams: ['application/zip'] },
  startThing: { ...common, method: 'POST', path: '/things/:thing/start', params },
  headThing: {
    ...common,
    method: 'HEAD',
    path: '/things/:thing',
    params,
    replies: 'application/octet-stream',
  },
  downloadThing: {
    ...common,
    method: 'GET',
    path: '/things/:thing',
    params,
    replies: 'application/octet-stream',
  },
  signIn: { ...common, method: 'POST', path: '/session', access: 'public' },
});
const document = toOpenApi(table, { version: nasty, serverUrl: 'http://muster.example/api/v1' });

const curl = (path: string, method: string): string => {
  const operation = document.paths[path]?.[method];
  return operation === undefined ? '' : curlOf('http://m', { path, method, operation });
};

describe('docsPage', () => {
  it('escapes whatever the document says', () => {
    const page = docsPage(document);
    expect(page).not.toMatch(/<script|alert\("1"\)/);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
  });
});

describe('curlOf', () => {
  it.each([
    [
      '/things/{thing}',
      'patch',
      `curl -X PATCH "http://m/things/$THING" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"it'\\''s":"o'\\''clock"}'`,
    ],
    [
      '/things',
      'post',
      `curl "http://m/things" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/zip' --data-binary @file`,
    ],
    [
      '/things/{thing}/start',
      'post',
      'curl -X POST "http://m/things/$THING/start" -H "Authorization: Bearer $TOKEN"',
    ],
    ['/things/{thing}', 'head', 'curl -I "http://m/things/$THING" -H "Authorization: Bearer $TOKEN"'],
    ['/things/{thing}', 'get', 'curl "http://m/things/$THING" -H "Authorization: Bearer $TOKEN" -o file'],
    ['/session', 'post', 'curl -X POST "http://m/session"'],
  ])('calls %s with %s', (path, method, expected) => {
    expect(curl(path, method).replaceAll(/ \\\n +/g, ' ')).toBe(expected);
  });
});
