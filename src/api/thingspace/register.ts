import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from 'fastify';
import type { Caller } from '../../app/caller.ts';
import { StorageFull } from '../../app/ports.ts';
import { writer } from '../../http/registering.ts';
import type { ThingSpaceRoute } from '../../wire/thingspace/route.ts';
import { type Admit, type Admitted, isPermission } from './auth.ts';
import type { Call, Handler } from './call.ts';
import { BadRequest, errorBody, errorOf, oauthError, Refused, type WireError } from './errors.ts';
import { isObject, reader } from './lenient.ts';
import { refuseNul } from './nul.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler reads the body itself, as it comes. */
    streams?: boolean;
  }
}

/** Sends an error in the form that it has. */
const sendError = (reply: FastifyReply, { http, body, headers = {} }: WireError): FastifyReply =>
  reply.code(http).headers(headers).type('application/json').send(JSON.stringify(body));

const admittedBy = new WeakMap<FastifyRequest, Admitted>();

type Params = Readonly<Record<string, string>>;

const guard =
  (route: ThingSpaceRoute, admit: Admit) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { account } = request.params as Params;
    const admitted = await admit(route, request, account);
    if (!admitted.ok) return void (await sendError(reply, admitted.refusal));
    if (admitted.value !== undefined) admittedBy.set(request, admitted.value);
  };

const nothing = (): undefined => undefined;

/** What every registration needs. */
export type Registering = {
  readonly admit: Admit;
  /** Tells the audit that somebody lacked a permission. */
  readonly noteDenied: (request: FastifyRequest, caller: Caller, permission: string) => Promise<void>;
  readonly limitSignIns: readonly onRequestAsyncHookHandler[];
  /** Of a body that names many devices, in bytes. */
  readonly manyLimit: number;
};

const takesPassword = ({ access, path }: ThingSpaceRoute): boolean =>
  access === 'public' || access === 'application' || path.includes('/password/');

/** The account is in the body of an operation that needs a permission and has none in its path. */
const namesAccountInBody = ({ access, path }: ThingSpaceRoute): boolean =>
  isPermission(access) && !path.includes(':account');

const accountIn = (body: unknown): string => {
  const name = isObject(body) ? body['accountName'] : undefined;
  return typeof name === 'string' ? name : '';
};

/** No bytes are an empty form, and what is wrong with one is said as RFC 6749 has it (5.2). */
const formReader =
  (read: (value: unknown) => unknown) =>
  (value: unknown): unknown => {
    try {
      return read(value ?? {});
    } catch (error) {
      if (error instanceof BadRequest) throw new Refused(oauthError('invalid_request', error.message));
      throw error;
    }
  };

/** Registers one route of a table with its handler, under all of its paths. */
export const register = <R extends ThingSpaceRoute>(
  app: FastifyInstance,
  { admit, noteDenied, limitSignIns, manyLimit }: Registering,
  route: R,
  handler: Handler<R>,
): void => {
  const readAny = route.body === undefined ? nothing : reader(route.body, 'body');
  const readBody = route.takes === 'form' ? formReader(readAny) : readAny;
  const readQuery = route.query === undefined ? nothing : reader(route.query, 'query');
  const write = route.reply === undefined ? undefined : writer(route.reply);
  const streams = route.takes === 'stream';
  const fromBody = namesAccountInBody(route);
  const options = {
    method: route.method,
    config: { streams },
    onRequest: takesPassword(route) ? [...limitSignIns] : [],
    preParsing: [guard(route, admit)],
    ...(route.many && { bodyLimit: manyLimit }),
    ...(streams && { bodyLimit: Number.MAX_SAFE_INTEGER }),
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      refuseNul('path', request.params);
      refuseNul('query', request.query);
      const body = streams ? undefined : readBody(request.body);
      if (fromBody) {
        const again = await admit(route, request, accountIn(body));
        if (!again.ok) return sendError(reply, again.refusal);
        if (again.value !== undefined) admittedBy.set(request, again.value);
      }
      // The readers were made from this route's own schemas, so the parts have its types.
      const call = {
        ...admittedBy.get(request),
        params: request.params,
        query: readQuery(request.query),
        body,
        request,
        reply,
      } as Call<R>;
      const result = await handler(call).finally(() => {
        // What a handler left unread would block the connection, and the client from seeing the answer.
        if (streams) request.raw.resume();
      });
      if (!result.ok) {
        const { refusal } = result;
        const admitted = admittedBy.get(request);
        if (refusal.code === 'forbidden' && admitted !== undefined)
          await noteDenied(request, admitted.caller, refusal.permission);
        return sendError(reply, errorOf(refusal));
      }
      if (reply.sent) return reply;
      if (write === undefined) return reply.code(200).send();
      return reply.code(200).type('application/json').send(write(result.value));
    },
  };
  for (const url of [route.path, ...(route.aliases ?? [])]) app.route({ ...options, url });
};

const errorIn = (error: FastifyError, request: FastifyRequest): WireError => {
  if (error instanceof BadRequest || error instanceof Refused) return error.wire;
  if (error instanceof StorageFull) {
    request.log.error({ err: error, requestId: request.id }, 'the disk is full');
    return errorOf({ code: 'storage-full' });
  }
  const http = error.statusCode ?? 500;
  if (http === 413) return { ...errorBody('The body is too large', 'REQUEST_TOO_LARGE'), http };
  if (http === 429) return { ...errorBody('Too many requests; try again later', 'TOO_MANY_REQUESTS'), http };
  if (http >= 400 && http < 500) return errorBody('Input binding error');
  request.log.error({ err: error, requestId: request.id }, 'request failed');
  const message = `The server failed; request ${request.id} finds the cause in its log.`;
  return { ...errorBody(message, 'INTERNAL_SYSTEM_ERROR'), http: 500 };
};

/** Every error in this scope leaves in the form of this wire. */
export const answerErrors = (app: FastifyInstance): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(reply, errorIn(error, request)));
};

/** A request that cannot even be routed, such as one whose path has a percent sign too many. */
export const answerMalformed = (reply: FastifyReply): FastifyReply =>
  sendError(reply, errorBody('Input binding error'));

/** A release note names `PUT` on files, and no page says what it does; clients read the body of a 400 alone (reference 1.3). */
const changesFiles = ({ method, url }: FastifyRequest): boolean =>
  method === 'PUT' && /\/fota\/v2\/files\/[^/?]+(\?|$)/.test(url);

/** What is not there is said in the form of this wire too. */
export const answerUnknown = (app: FastifyInstance): void => {
  app.setNotFoundHandler((request, reply) => {
    if (changesFiles(request)) return sendError(reply, errorBody('Files cannot be changed'));
    const message = `There is no ${request.method} ${request.url.split('?')[0]}`;
    return sendError(reply, { ...errorBody(message, 'RESOURCE_NOT_FOUND'), http: 404 });
  });
};
