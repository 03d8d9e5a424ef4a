import type { TSchema } from 'typebox';
import { Problem } from '../../wire/muster/common.ts';
import type { Route } from '../../wire/muster/route.ts';
import { malformed, problems } from './errors.ts';
import type {
  Content,
  JsonSchema,
  OpenApi,
  Operation,
  Parameter,
  Reference,
  Response,
} from './openapi-types.ts';

type Table = Readonly<Record<string, Route>>;
type Names = ReadonlyMap<unknown, string>;

const description = `\
Bodies are JSON in UTF-8. A field that a body does not know, a key that comes twice and more than 64 levels
are refused. A query parameter may come once; only where it is a list, it is repeated for each value. Instants
are ISO 8601 in UTC. In PATCH, what is absent stays and \`null\` clears.

Lists come in pages: give \`next\` as \`cursor\` to have the following one; it is \`null\` on the last.

What is refused is answered with a problem document (RFC 9457, \`application/problem+json\`) that says what was
expected and what came, and nothing is changed. What another account has is not found.`;

const headers = {
  Account: {
    name: 'Muster-Account',
    in: 'header',
    required: false,
    description: "Id of the account that is meant. Without it: the token's, else the caller's first.",
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'The ETag that was read; if there is a newer one by now, the answer is 412.',
    schema: { type: 'string', pattern: '^(\\*|"[0-9]{1,15}")$', examples: ['"3"'] },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes the call safe to repeat: the same key and request have one effect and one answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
} as const satisfies Record<string, Parameter>;

const named = (kind: 'parameters' | 'responses' | 'schemas', name: string): Reference => ({
  $ref: `#/components/${kind}/${name}`,
});

const problemContent: Content = { 'application/problem+json': { schema: named('schemas', 'Problem') } };

/** Every status that a refusal can have, with the codes and titles that come with it. */
const refusals: { readonly [status: string]: Response } = (() => {
  const lines = new Map<number, string[]>();
  for (const [code, { status, title }] of Object.entries({ ...malformed, ...problems })) {
    lines.set(status, [...(lines.get(status) ?? []), `\`${code}\`: ${title}.`]);
  }
  return Object.fromEntries(
    [...lines].map(([status, texts]) => [status, { description: texts.join('\n'), content: problemContent }]),
  );
})();

/** The statuses of refusals that a route can have, beside those that every request can meet. */
const refusalsOf = (route: Route): number[] => {
  const takesBody = route.body !== undefined || route.streams !== undefined;
  const statuses: (readonly [number, boolean])[] = [
    [400, true],
    [401, route.access !== 'public' || route.limited === 'sign-ins'],
    [403, route.access !== 'public'],
    [404, route.access !== 'public' || route.temporary === true],
    [409, route.method !== 'GET' && route.method !== 'HEAD'],
    [412, route.conditional === true],
    [413, takesBody],
    [415, takesBody],
    [422, takesBody || route.query !== undefined || route.conditional === true],
    [429, true],
    [500, true],
    [507, route.streams !== undefined],
  ];
  return statuses.flatMap(([status, can]) => (can ? [status] : []));
};

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy in plain JSON in which schemas that have names are references; `top` stays as it is. */
const plain = (value: unknown, names: Names, top: unknown = undefined): unknown => {
  const name = value === top ? undefined : names.get(value);
  if (name !== undefined) return named('schemas', name);
  if (Array.isArray(value)) return value.map((item) => plain(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part, names)]));
};

const schemaOf = (schema: TSchema, names: Names): JsonSchema => {
  const copy = plain(schema, names);
  return isObject(copy) ? copy : {};
};

/** What `getDevice` answers is called `Device`, wherever it appears. */
const namesIn = (table: Table): Names => {
  const resources = Object.entries(table).flatMap(([name, { reply }]) =>
    reply !== undefined && /^get[A-Z]/.test(name) ? [[reply, name.slice(3)] as const] : [],
  );
  return new Map<unknown, string>([[Problem, 'Problem'], ...resources]);
};

const parametersIn = (place: 'path' | 'query', schema: TSchema | undefined, names: Names): Parameter[] => {
  if (schema === undefined) return [];
  const { properties, required } = schemaOf(schema, names);
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(isObject(properties) ? properties : {}).map(([name, value]) => {
    const { description: text, ...rest } = isObject(value) ? value : {};
    return {
      name,
      in: place,
      required: needed.includes(name),
      ...(typeof text === 'string' && { description: text }),
      schema: rest,
    };
  });
};

const parametersOf = (route: Route, names: Names): Operation['parameters'] => [
  ...parametersIn('path', route.params, names),
  ...parametersIn('query', route.query, names),
  ...(route.conditional ? [named('parameters', 'IfMatch')] : []),
  ...(route.idempotent ? [named('parameters', 'IdempotencyKey')] : []),
  ...(route.access === 'public' ? [] : [named('parameters', 'Account')]),
];

const form: JsonSchema = {
  type: 'object',
  required: ['file'],
  properties: { file: { contentMediaType: 'application/octet-stream' } },
};

const contentOf = (route: Route, names: Names): Content | undefined => {
  if (route.body !== undefined) return { 'application/json': { schema: schemaOf(route.body, names) } };
  if (route.streams === undefined) return undefined;
  return Object.fromEntries(
    route.streams.map((type) => [type, type === 'multipart/form-data' ? { schema: form } : {}]),
  );
};

const titles = { 200: 'Done.', 201: 'Created.', 202: 'Accepted: the work goes on.', 204: 'Done.' } as const;
const text = { type: 'string' };

const headersOf = ({ status, reply }: Route): Response['headers'] => {
  const properties: unknown = reply === undefined ? undefined : Reflect.get(reply, 'properties');
  const has = (field: string): boolean => isObject(properties) && field in properties;
  return {
    ...(has('revision') && { ETag: { description: 'The revision, for If-Match.', schema: text } }),
    ...(status === 201 && has('id') && { Location: { description: 'Where it can be read.', schema: text } }),
  };
};

const answerOf = (route: Route, names: Names): Response => {
  const found = headersOf(route);
  const content: Content | undefined =
    route.reply !== undefined
      ? { 'application/json': { schema: schemaOf(route.reply, names) } }
      : route.replies !== undefined && route.method !== 'HEAD'
        ? { [route.replies]: {} }
        : undefined;
  return {
    description: titles[route.status],
    ...(found !== undefined && Object.keys(found).length > 0 && { headers: found }),
    ...(content && { content }),
  };
};

/** Bytes are served in ranges and to caches (RFC 9110, 13 and 14). */
const ranges: Operation['responses'] = {
  206: { description: 'The range that was asked for.', content: { 'application/octet-stream': {} } },
  302: { description: 'The bytes are handed out elsewhere, if the server is set so.' },
  304: { description: 'The bytes are those that the client has.' },
  416: { description: 'There are no bytes in that range.', content: problemContent },
};

const bodyOf = ({ bodyLimit }: Route, content: Content): NonNullable<Operation['requestBody']> => ({
  ...(bodyLimit !== undefined && { description: `At most ${bodyLimit.toLocaleString('en')} bytes.` }),
  required: true,
  content,
});

const operationOf = (name: string, route: Route, names: Names): Operation => {
  const content = contentOf(route, names);
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    'x-permission': route.access,
    ...(route.access === 'public' && { security: [] }),
    parameters: parametersOf(route, names),
    ...(content && { requestBody: bodyOf(route, content) }),
    responses: {
      [route.status]: answerOf(route, names),
      ...(route.replies === 'application/octet-stream' && ranges),
      ...Object.fromEntries(
        refusalsOf(route).map((status) => [status, named('responses', `Problem${status}`)]),
      ),
    },
  };
};

/** A path of a route table in the form of OpenAPI: `/devices/:device` is `/devices/{device}`. */
export const toTemplate = (path: string): string => path.replaceAll(/:([A-Za-z]+)/g, '{$1}');

/**
 * A route table as an OpenAPI 3.1 document: operations are named as in the table, and `x-permission` says
 * who may call them. `serverUrl` is what the paths stand below.
 */
export const toOpenApi = (
  table: Table,
  about: { readonly version: string; readonly serverUrl: string },
): OpenApi => {
  const names = namesIn(table);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, route] of Object.entries(table)) {
    const path = toTemplate(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route, names) };
  }
  const schemas = [...names].map(([schema, name]) => [name, plain(schema, names, schema)]);
  return {
    openapi: '3.1.1',
    info: { title: 'Muster API', version: about.version, description },
    servers: [{ url: about.serverUrl }],
    security: [{ bearer: [] }],
    tags: [...new Set(Object.values(table).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      parameters: headers,
      responses: Object.fromEntries(
        Object.entries(refusals).map(([status, response]) => [`Problem${status}`, response]),
      ),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session, or an API token.' },
      },
    },
  };
};
