import type {} from '@fastify/rate-limit'; // declares what a route says about its limit
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admitted } from '../../app/device-access.ts';
import { admitByToken } from '../../app/device-token.ts';
import { StorageFull } from '../../app/ports.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import { type AgentRouteName, agentRoutes } from '../../wire/pulse/agent.ts';
import { type GrpcError, grpcError } from '../../wire/pulse/grpc.ts';
import type { PulseRoute } from '../../wire/pulse/route.ts';
import { errorOf } from './errors.ts';
import { gatewayHandlers } from './handlers.ts';
import type { GatewayDeps, Visit } from './visit.ts';
import { openWaitingRoom } from './waiting-room.ts';

/** Reports quote what scripts print. */
const BODY_LIMIT = 4 << 20;
/** Requests that wait in this process at once; more are answered as if they did not want to. */
const MOST_WAITING = 10_000;

const sendError = (reply: FastifyReply, { http, headers, body }: GrpcError): FastifyReply =>
  reply.code(http).headers(headers).type('application/json').send(JSON.stringify(body));

const refuse = (reply: FastifyReply, refusal: Refusal): FastifyReply => sendError(reply, errorOf(refusal));

const admitted = new WeakMap<FastifyRequest, Admitted>();

const paramsOf = ({ params }: FastifyRequest): Visit['params'] => params as Visit['params'];

const bearer = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

/** Before anything is read of the body: which gateway is it, and is it the one that the path names? */
const guard =
  (deps: GatewayDeps) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const token = bearer(request);
    const found = token === undefined ? undefined : await admitByToken(deps, 'gateway', token);
    if (found === undefined) {
      reply.header('www-authenticate', 'Bearer realm="muster"');
      const reason = token === undefined ? 'missing' : 'invalid';
      return void (await refuse(reply, { code: 'unauthenticated', reason }));
    }
    const { gatewayId = '' } = paramsOf(request);
    if (gatewayId !== found.device.id)
      return void (await refuse(reply, { code: 'forbidden', permission: `being the gateway ${gatewayId}` }));
    deps.seen.note(found.speaker.account.key, found.device.key);
    admitted.set(request, found);
  };

const visitOf = (request: FastifyRequest, reply: FastifyReply): Visit => {
  const who = admitted.get(request);
  if (who === undefined) throw new Error('a handler runs for a gateway that did not get in');
  const query = request.query as Visit['query'];
  return { ...who, params: paramsOf(request), query, body: request.body, request, reply };
};

const register = (
  app: FastifyInstance,
  { method, path }: PulseRoute,
  handler: (visit: Visit) => Promise<Result<object, Refusal>>,
): void => {
  const options = {
    method,
    bodyLimit: BODY_LIMIT,
    // Whole fleets come from one address, and each gateway as often as it is told.
    config: { rateLimit: false as const },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const result = await handler(visitOf(request, reply));
      if (!result.ok) return refuse(reply, result.refusal);
      return reply.code(200).type('application/json').send(JSON.stringify(result.value));
    },
  };
  for (const url of [path, `${path}/`]) app.route({ ...options, url });
};

const errorIn = (error: FastifyError, request: FastifyRequest): GrpcError => {
  if (error instanceof StorageFull) {
    request.log.error({ err: error, requestId: request.id }, 'the disk is full');
    return errorOf({ code: 'storage-full' });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return errorOf({ code: 'too-large', limit: BODY_LIMIT });
  if (status >= 400 && status < 500) return grpcError('INVALID_ARGUMENT', error.message, status);
  request.log.error({ err: error, requestId: request.id }, 'request failed');
  return grpcError('INTERNAL', `The server failed; request ${request.id} finds the cause in its log.`);
};

/** Gateways that fetch their commands as those of VMware Pulse IoT Center did, below the API of the operators. */
export const gatewayDevices =
  (deps: GatewayDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
      body.length === 0 ? undefined : deps.parseJson(body),
    );
    app.setErrorHandler((error: FastifyError, request, reply) => sendError(reply, errorIn(error, request)));
    app.addHook('onRequest', guard(deps));
    const room = openWaitingRoom(MOST_WAITING);
    app.addHook('preClose', async () => room.close());
    const handlers = gatewayHandlers(deps, room);
    for (const name of Object.keys(agentRoutes) as AgentRouteName[]) {
      register(app, agentRoutes[name], handlers[name]);
    }
  };
