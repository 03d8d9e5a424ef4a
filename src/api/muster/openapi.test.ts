import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { routeTable } from '../../wire/muster/route.ts';
import { toOpenApi, toTemplate } from './openapi.ts';

const Thing = Type.Object({
  id: Type.String(),
  revision: Type.Integer(),
  parent: Type.Optional(Type.String()),
});
const params = Type.Object({ thing: Type.String({ description: 'Which.', maxLength: 9 }) });
const common = { access: 'View Thing', tag: 'Things', summary: 'Do it', status: 200 } as const;

const table = routeTable({
  listThings: {
    ...common,
    method: 'GET',
    path: '/things',
    query: Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 7 })), text: Type.String() }),
    reply: Type.Object({ items: Type.Array(Thing) }),
  },
  createThing: {
    ...common,
    method: 'POST',
    path: '/things',
    body: Type.Object({ name: Type.String() }),
    bodyLimit: 5_000,
    status: 201,
    reply: Thing,
    idempotent: true,
  },
  getThing: { ...common, method: 'GET', path: '/things/:thing', params, reply: Thing },
  deleteThing: {
    ...common,
    method: 'DELETE',
    path: '/things/:thing',
    params,
    status: 204,
    conditional: true,
  },
  uploadThing: {
    ...common,
    method: 'PUT',
    path: '/things/:thing/bytes',
    params,
    streams: ['application/zip', 'multipart/form-data'],
    reply: Thing,
  },
  downloadThing: {
    ...common,
    method: 'GET',
    path: '/things/:thing/bytes',
    params,
    replies: 'application/octet-stream',
  },
  signIn: { ...common, method: 'POST', path: '/session', access: 'public', reply: Thing },
});

const document = toOpenApi(table, { version: '1.2.3', serverUrl: 'https://muster.example/api/v1' });
const operation = (path: string, method: string) => document.paths[path]?.[method];

describe('toOpenApi', () => {
  it('names the server and the version', () => {
    expect(document).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'Muster API', version: '1.2.3' },
      servers: [{ url: 'https://muster.example/api/v1' }],
      tags: [{ name: 'Things' }],
      security: [{ bearer: [] }],
    });
  });

  it('has each route under its path and method, by its name in the table', () => {
    const found = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, method, path]),
    );
    const expected = Object.entries(table).map(([name, { method, path }]) => [
      name,
      method.toLowerCase(),
      toTemplate(path),
    ]);
    expect(found.sort()).toEqual(expected.sort());
  });

  it('says who may call it', () => {
    expect(operation('/things', 'get')).toMatchObject({ 'x-permission': 'View Thing' });
    expect(operation('/things', 'get')).not.toHaveProperty('security');
    expect(operation('/session', 'post')).toMatchObject({ 'x-permission': 'public', security: [] });
  });

  it('tells parameters of path, query and headers', () => {
    expect(operation('/things', 'get')?.parameters).toEqual([
      { name: 'limit', in: 'query', required: false, schema: { type: 'integer', maximum: 7 } },
      { name: 'text', in: 'query', required: true, schema: { type: 'string' } },
      { $ref: '#/components/parameters/Account' },
    ]);
    expect(operation('/things/{thing}', 'delete')?.parameters).toEqual([
      {
        name: 'thing',
        in: 'path',
        required: true,
        description: 'Which.',
        schema: { type: 'string', maxLength: 9 },
      },
      { $ref: '#/components/parameters/IfMatch' },
      { $ref: '#/components/parameters/Account' },
    ]);
    expect(operation('/things', 'post')?.parameters).toContainEqual({
      $ref: '#/components/parameters/IdempotencyKey',
    });
    expect(operation('/session', 'post')?.parameters).toEqual([]);
  });

  it('calls what `getThing` answers `Thing`, wherever it is', () => {
    expect(document.components.schemas['Thing']).toEqual(JSON.parse(JSON.stringify(Thing)));
    const reply = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } };
    expect(operation('/things/{thing}', 'get')?.responses[200]).toMatchObject({ content: reply });
    expect(operation('/things', 'get')?.responses[200]).toMatchObject({
      content: {
        'application/json': {
          schema: { properties: { items: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } } },
        },
      },
    });
  });

  it('tells bodies, their limits, and media types of streams', () => {
    expect(operation('/things', 'post')?.requestBody).toEqual({
      required: true,
      description: 'At most 5,000 bytes.',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        },
      },
    });
    const streams = operation('/things/{thing}/bytes', 'put')?.requestBody?.content;
    expect(Object.keys(streams ?? {})).toEqual(['application/zip', 'multipart/form-data']);
    expect(operation('/things/{thing}', 'get')).not.toHaveProperty('requestBody');
  });

  it('tells headers of replies', () => {
    expect(operation('/things', 'post')?.responses[201]).toMatchObject({
      headers: { ETag: {}, Location: {} },
    });
    expect(operation('/things/{thing}', 'delete')?.responses[204]).toEqual({ description: 'Done.' });
  });

  it('tells ranges of bytes', () => {
    const responses = operation('/things/{thing}/bytes', 'get')?.responses ?? {};
    expect(responses[200]).toMatchObject({ content: { 'application/octet-stream': {} } });
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['206', '304', '416']));
  });

  it('tells refusals as problem documents, with their codes', () => {
    const responses = operation('/things/{thing}', 'delete')?.responses ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '404', '409', '412']));
    expect(responses[412]).toEqual({ $ref: '#/components/responses/Problem412' });
    expect(document.components.responses['Problem412']).toEqual({
      description: '`changed-meanwhile`: Changed meanwhile.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
