import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '../../app/permissions.ts';
import type { Hashing } from '../../app/ports.ts';
import type { Principal } from '../../app/sign-in.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import type { Route } from '../../wire/muster/route.ts';
import type { Call, Handler } from './call.ts';
import { MalformedRequest, problemOf } from './errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is handed to the handler as it comes, and may take as long as it keeps coming. */
    streams?: boolean;
  }
  interface FastifyRequest {
    /** Who sent it; nobody on public routes. */
    principal: Principal | undefined;
  }
}

/** Turns the headers of a request into whoever sent it. */
export type Authenticate = (request: FastifyRequest) => Promise<Result<Principal, Refusal>>;

/** What every registration needs. */
export type Registering = {
  readonly authenticate: Authenticate;
  /** Tells the audit that somebody lacked a permission. */
  readonly noteDenied: (request: FastifyRequest, caller: Principal, permission: string) => Promise<void>;
  readonly hashing: Pick<Hashing, 'sha256'>;
  /** Where clients reach this API: what links begin with. */
  readonly baseUrl: () => string;
  /** Sign-ins from one address; 0 for no limit. */
  readonly loginsPerMinute: number;
};

const sendProblem = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply => {
  const problem = problemOf(refusal, request.id);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="muster"');
  if (refusal.code === 'too-many-requests') {
    reply.header('retry-after', Math.max(1, Math.ceil((refusal.retryAt - Date.now()) / 1000)));
  }
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

/** Before anything is read of the body: who is it, and may they? */
const guard =
  (route: Route, { authenticate, noteDenied }: Registering) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const principal = await authenticate(request);
    if (!principal.ok) return void (await sendProblem(request, reply, principal.refusal));
    const permission = permissionOf(route);
    if (permission !== undefined && !principal.value.permissions.has(permission)) {
      await noteDenied(request, principal.value, permission);
      return void (await sendProblem(request, reply, { code: 'forbidden', permission }));
    }
    request.principal = principal.value;
  };

const permissionOf = ({ access }: Route): Permission | undefined =>
  access === 'public' || access === 'signed-in' ? undefined : (access as Permission);

/** Refuses other media types before the body is read: the parsers are shared by all routes of this API. */
const takesOnly =
  ({ streams }: Route) =>
  async ({ mediaType, headers }: FastifyRequest): Promise<void> => {
    const taken = streams ?? ['application/json'];
    const came = headers['content-type'];
    if (taken.includes(mediaType ?? '') || (streams === undefined && came === undefined)) return;
    throw new MalformedRequest(
      'request/unsupported-media-type',
      `Expected a body of type ${taken.join(' or ')}; got ${came === undefined ? 'no Content-Type' : JSON.stringify(came.slice(0, 80))}.`,
    );
  };

/** Lets each route that names a media type in `streams` have such bodies as streams, through `request.raw`. */
export const acceptStreams = (app: FastifyInstance, routes: readonly Route[]): void => {
  for (const type of new Set(routes.flatMap(({ streams }) => streams ?? []))) {
    if (app.hasContentTypeParser(type)) continue;
    app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
};

/** Limits by address rather than by credential, for routes that are called without one. */
const limitOf = ({ limited }: Route, max: number) =>
  limited === undefined || max === 0
    ? {}
    : {
        rateLimit: {
          max,
          timeWindow: '1 minute',
          keyGenerator: ({ ip }: FastifyRequest) => `${limited} ${rateLimit.normalizeIP(ip)}`,
        },
      };

const hooksOf = (route: Route, deps: Registering) => {
  const guards = route.access === 'public' ? [] : [guard(route, deps)];
  return route.method === 'GET' ? guards : [...guards, takesOnly(route)];
};

const expectedRevision = (request: FastifyRequest): Result<number | undefined, Refusal> => {
  const text = request.headers['if-match'];
  if (text === undefined || text === '*') return ok(undefined);
  const revision = /^"(\d{1,15})"$/.exec(text)?.[1];
  return revision === undefined
    ? refused({ code: 'invalid', field: 'If-Match', expected: 'a revision in quotes such as "3"', got: text })
    : ok(Number(revision));
};

const repeatableOf = (
  route: Route,
  request: FastifyRequest,
  hashing: Registering['hashing'],
): Result<Call<Route>['repeatable'], Refusal> => {
  const key = request.headers['idempotency-key'];
  if (key === undefined || route.idempotent !== true) return ok(undefined);
  if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
    return refused({
      code: 'invalid',
      field: 'Idempotency-Key',
      expected: '1 to 255 characters',
      got: JSON.stringify(key).slice(0, 80),
    });
  }
  // What a streamed body holds is known only later; such a handler makes a digest of its own.
  const body = route.streams === undefined ? request.body : undefined;
  const asked = JSON.stringify([route.method, request.url, body ?? null]);
  return ok({ key, digest: hashing.sha256(asked) });
};

const hasRevision = (value: unknown): value is { readonly revision: number } =>
  typeof value === 'object' && value !== null && 'revision' in value && typeof value.revision === 'number';
const hasId = (value: unknown): value is { readonly id: string } =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';

/** The path of a route with its parameters filled in. */
const pathOf = ({ path }: Route, params: unknown): string => {
  const given = new Map(Object.entries(params ?? {}));
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given.get(name))));
};

const noteLack = async (
  { noteDenied }: Registering,
  request: FastifyRequest,
  refusal: Refusal,
): Promise<void> => {
  if (refusal.code !== 'forbidden' || request.principal === undefined) return;
  await noteDenied(request, request.principal, refusal.permission);
};

/** Registers one route of a table with its handler; Fastify validates by the route's own schemas. */
export const register = <R extends Route>(
  app: FastifyInstance,
  deps: Registering,
  route: R,
  handler: Handler<R>,
): void => {
  const { params, query, body, reply: replySchema, status } = route;
  app.route({
    method: route.method,
    url: route.path,
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
      ...(replySchema && { response: { [status]: replySchema } }),
    },
    config: { ...limitOf(route, deps.loginsPerMinute), streams: route.streams !== undefined },
    // Rate limits come before, in onRequest: whoever is turned away here has been counted.
    preParsing: hooksOf(route, deps),
    // Handlers of streams count for themselves; without this a large Content-Length would not reach them.
    ...(route.streams && { bodyLimit: Number.MAX_SAFE_INTEGER }),
    ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
    handler: async (request, reply) => {
      const expected = route.conditional === true ? expectedRevision(request) : ok(undefined);
      if (!expected.ok) return sendProblem(request, reply, expected.refusal);
      const repeatable = repeatableOf(route, request, deps.hashing);
      if (!repeatable.ok) return sendProblem(request, reply, repeatable.refusal);
      const call = {
        caller: request.principal,
        params: request.params,
        query: request.query,
        body: request.body,
        expected: expected.value,
        repeatable: repeatable.value,
        request,
        reply,
        // The schemas above were compiled from this route's own, so the parts have its types.
      } as Call<R>;
      const result = await handler(call).finally(() => {
        // What a handler left unread would block the connection, and the client from seeing the answer.
        if (route.streams !== undefined) request.raw.resume();
      });
      if (!result.ok) {
        await noteLack(deps, request, result.refusal);
        return sendProblem(request, reply, result.refusal);
      }
      // Bytes may still be on their way.
      if (reply.sent || route.replies !== undefined) return reply;
      const { value } = result;
      if (hasRevision(value)) reply.header('etag', `"${value.revision}"`);
      if (status === 201 && hasId(value)) {
        const path = pathOf(route, request.params);
        reply.header('location', `${deps.baseUrl()}${path}/${encodeURIComponent(value.id)}`);
      }
      return reply.code(status).send(value);
    },
  });
};
