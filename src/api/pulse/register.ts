import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from 'fastify';
import type { Caller } from '../../app/caller.ts';
import { StorageFull } from '../../app/ports.ts';
import type { Principal } from '../../app/sign-in.ts';
import { writer } from '../../http/registering.ts';
import { type GrpcError, grpcError } from '../../wire/pulse/grpc.ts';
import type { PulseRoute } from '../../wire/pulse/route.ts';
import type { Admit } from './auth.ts';
import type { Call, Handler } from './call.ts';
import { BadRequest, errorOf } from './errors.ts';
import { reader } from './lenient.ts';
import { refuseNul } from './nul.ts';
import { checkVersion } from './versions.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler reads the body itself, as it comes. */
    streams?: boolean;
  }
}

/** Sends an error in both of its forms: the headers of gRPC, and JSON. */
export const sendError = (reply: FastifyReply, { http, headers, body }: GrpcError): FastifyReply =>
  reply.code(http).headers(headers).type('application/json').send(JSON.stringify(body));

const callers = new WeakMap<FastifyRequest, Principal | Caller>();

const guard =
  (route: PulseRoute, admit: Admit) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // Whoever asks which versions there are may not know one yet.
    if (route.path !== '/versions') checkVersion(request.headers.accept);
    const admitted = await admit(route, request);
    if (!admitted.ok) {
      if (admitted.refusal.code === 'unauthenticated')
        reply.header('www-authenticate', 'Bearer realm="muster"');
      return void (await sendError(reply, errorOf(admitted.refusal)));
    }
    if (admitted.value !== undefined) callers.set(request, admitted.value);
  };

/** A body may repeat the ids of its path, but not name others (reference 7, rows 14 and 17). */
const checkRepeatedIds = (params: Readonly<Record<string, string>>, body: unknown): void => {
  if (typeof body !== 'object' || body === null) return;
  const given = new Map(Object.entries(body));
  for (const name of ['campaignId', 'gatewayId']) {
    const said = given.get(name) ?? given.get(name.replace('Id', '_id'));
    if (said === undefined || said === null || said === '' || params[name] === undefined) continue;
    if (typeof said === 'object' || `${said}` !== params[name])
      throw new BadRequest(
        `${name}: the body says ${JSON.stringify(said)}, the path ${JSON.stringify(params[name])}.`,
      );
  }
};

const nothing = (): undefined => undefined;

/** What every registration needs. */
export type Registering = {
  readonly admit: Admit;
  /** Tells the audit that somebody lacked a permission. */
  readonly noteDenied: (request: FastifyRequest, caller: Caller, permission: string) => Promise<void>;
  readonly limitSignIns: readonly onRequestAsyncHookHandler[];
};

/** Registers one route of a table with its handler, with and without a slash at the end. */
export const register = <R extends PulseRoute>(
  app: FastifyInstance,
  { admit, noteDenied, limitSignIns }: Registering,
  route: R,
  handler: Handler<R>,
): void => {
  const readBody = route.body === undefined ? nothing : reader(route.body, 'body');
  const readQuery = route.query === undefined ? nothing : reader(route.query, 'query');
  const write = route.reply === undefined ? undefined : writer(route.reply);
  const options = {
    method: route.method,
    config: { streams: route.streams === true },
    onRequest: route.path.startsWith('/tokens') ? [...limitSignIns] : [],
    preParsing: [guard(route, admit)],
    ...(route.streams && { bodyLimit: Number.MAX_SAFE_INTEGER }),
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const params = request.params as Readonly<Record<string, string>>;
      refuseNul('path', params);
      refuseNul('query', request.query);
      if (route.streams === undefined) checkRepeatedIds(params, request.body);
      // The readers were made from this route's own schemas, so the parts have its types.
      const call = {
        caller: callers.get(request),
        params,
        query: readQuery(request.query),
        body: route.streams === undefined ? readBody(request.body) : undefined,
        request,
        reply,
      } as Call<R>;
      const result = await handler(call).finally(() => {
        // What a handler left unread would block the connection, and the client from seeing the answer.
        if (route.streams) request.raw.resume();
      });
      if (!result.ok) {
        const caller = callers.get(request);
        const { refusal } = result;
        if (refusal.code === 'forbidden' && caller !== undefined)
          await noteDenied(request, caller, refusal.permission);
        return sendError(reply, errorOf(refusal));
      }
      if (reply.sent || write === undefined) return reply;
      return reply.code(200).type('application/json').send(write(result.value));
    },
  };
  for (const url of [route.path, `${route.path}/`]) app.route({ ...options, url });
};

const errorIn = (error: FastifyError, request: FastifyRequest): GrpcError => {
  if (error instanceof BadRequest) return grpcError(error.status, error.message, error.http, error.phrase);
  if (error instanceof StorageFull) {
    request.log.error({ err: error, requestId: request.id }, 'the disk is full');
    return errorOf({ code: 'storage-full' });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return grpcError('RESOURCE_EXHAUSTED', error.message, 413);
  if (status === 429) return grpcError('RESOURCE_EXHAUSTED', 'Too many requests; try again later.');
  if (status >= 400 && status < 500) return grpcError('INVALID_ARGUMENT', error.message, status);
  request.log.error({ err: error, requestId: request.id }, 'request failed');
  return grpcError('INTERNAL', `The server failed; request ${request.id} finds the cause in its log.`);
};

/** Every error in this scope leaves in the form of this wire. */
export const answerErrors = (app: FastifyInstance): void => {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(reply, errorIn(error, request)));
};

/** A request that cannot even be routed, such as one whose path has a percent sign too many. */
export const answerMalformed = (reply: FastifyReply, detail: string): FastifyReply =>
  sendError(reply, grpcError('INVALID_ARGUMENT', detail));

/** What is not there is said in the form of this wire too. */
export const answerUnknown = (app: FastifyInstance): void => {
  app.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      grpcError('UNIMPLEMENTED', `There is no ${request.method} ${request.url.split('?')[0]}.`, 404),
    ),
  );
};
