import type {} from '@fastify/rate-limit'; // declares what a route says about its limit
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Proven } from '../../app/device-access.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import { trustedPeers } from '../../http/proxy-certificate.ts';
import { basePath, type DdiRoute, type DdiRouteName, ddiRoutes } from '../../wire/ddi/routes.ts';
import { proofsOf } from './auth.ts';
import { parseBody } from './body.ts';
import { parseCbor } from './cbor.ts';
import { errorOf, errorOfRequest, type MalformedCode } from './errors.ts';
import { failureOf } from './failure.ts';
import { linksOf } from './links.ts';
import { CBOR_TYPE, checkAccept, mediaTypeFor, sendDocument, sendEmpty, sendError } from './reply.ts';
import { ddiHandlers } from './routes.ts';
import type { Answer, DdiDeps, Handler, Visit } from './visit.ts';

/** Reports quote whole logs; four times the most that is kept of one. */
const BODY_LIMIT = 4 << 20;

type Params = { readonly tenant: string; readonly controllerId: string };

/** `since` is the number of the store's contact epochs before anything was read. */
type Entered = Proven & { readonly since: number | undefined };

const admitted = new WeakMap<FastifyRequest, Entered>();

/** Before anything is read of the body: which device is it? An empty 401 tells nothing of why not. */
const guard = (deps: DdiDeps) => {
  const isTrusted = trustedPeers(deps.trustedProxies);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { tenant, controllerId } = request.params as Params;
    const at = { account: tenant, device: controllerId, protocol: 'ddi' } as const;
    const since = deps.store.contactEpochs.now();
    for (const proof of proofsOf(request.headers, isTrusted(request.socket.remoteAddress))) {
      const found = await deps.admit(at, proof);
      if (found === undefined) continue;
      deps.seen.note(found.speaker.account.key, found.device.key);
      admitted.set(request, { ...found, since });
      return;
    }
    await reply.code(401).send();
  };
};

/** Has a poll answered without us from now on, where its answer lasts and all of it is sent. */
const keepAnswer = (
  { quickPolls }: DdiDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { document, lasting = false }: Extract<Answer, { document: object }>,
): void => {
  const who = admitted.get(request);
  if (quickPolls === undefined || !lasting || who?.since === undefined || !reply.raw.headersSent) return;
  // Texts alone are kept.
  if (mediaTypeFor(request.headers.accept) === CBOR_TYPE) return;
  const { speaker, device, since, until } = who;
  const { statusCode: status } = reply;
  quickPolls.keep(
    request.raw,
    request.originalUrl,
    { account: speaker.account.key, device: device.key, since, until },
    {
      status,
      headers: Object.entries(reply.getHeaders()).flatMap(([name, value]) => [name, String(value)]),
      text: status === 304 ? '' : JSON.stringify(document),
    },
  );
};

const visitOf = ({ publicUrl }: DdiDeps, request: FastifyRequest, reply: FastifyReply): Visit => {
  const who = admitted.get(request);
  if (who === undefined) throw new Error('a handler runs for a device that did not get in');
  const base = publicUrl ?? `${request.protocol}://${request.host}`;
  return {
    ...who,
    params: request.params as Visit['params'],
    query: request.query as Visit['query'],
    body: request.body,
    links: linksOf(base, request.url, who.speaker.account.id),
    log: request.log,
    request,
    reply,
  };
};

const send = (
  request: FastifyRequest,
  reply: FastifyReply,
  result: Result<Answer, Refusal>,
): FastifyReply => {
  if (!result.ok) return sendError(reply, errorOf(result.refusal));
  const { value } = result;
  if ('document' in value) return sendDocument(request, reply, value.document);
  return 'sent' in value ? value.sent : sendEmpty(reply, value.empty);
};

const register = (app: FastifyInstance, deps: DdiDeps, route: DdiRoute, handler: Handler): void => {
  app.route({
    method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
    url: route.path,
    bodyLimit: BODY_LIMIT,
    // Reports and streamed bundles come in bursts, and whole fleets from one address (2.6).
    config: { rateLimit: false },
    handler: async (request, reply) => {
      if (route.reply !== undefined) checkAccept(request);
      const result = await handler(visitOf(deps, request, reply));
      const sent = send(request, reply, result);
      if (result.ok && 'document' in result.value) keepAnswer(deps, request, reply, result.value);
      return sent;
    },
  });
};

const known: Readonly<Record<string, MalformedCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'size',
};

const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const code = known[error.code];
  if (code !== undefined) return sendError(reply, errorOfRequest(code, error.message));
  const status = error.statusCode ?? 500;
  const isTheirs = status >= 400 && status < 500;
  return sendError(reply, isTheirs ? errorOfRequest('body', error.message) : failureOf(error, request));
};

const patternOf = ({ path }: DdiRoute): RegExp =>
  new RegExp(`^${(basePath + path).replaceAll(/:\w+/g, '[^/]+')}$`);

/** A path that is there with another method is 405, and says with which. */
const answerUnknown = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const path = request.url.split('?')[0] ?? '';
  const table: readonly DdiRoute[] = Object.values(ddiRoutes);
  const methods = table.filter((route) => patternOf(route).test(path)).map(({ method }) => method);
  if (methods.length === 0) return sendError(reply, errorOfRequest('resource', 'There is no such resource.'));
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return sendError(reply.header('allow', allow), errorOfRequest('method', `Expected ${allow}.`));
};

const serve =
  (deps: DdiDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseBody(body)),
    );
    app.addContentTypeParser(CBOR_TYPE, { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
      body.length === 0 ? undefined : parseCbor(body),
    );
    app.setErrorHandler(answerError);
    app.setNotFoundHandler(answerUnknown);
    app.addHook('onRequest', guard(deps));
    const handlers = ddiHandlers(deps);
    for (const name of Object.keys(ddiRoutes) as DdiRouteName[]) {
      register(app, deps, ddiRoutes[name], handlers[name]);
    }
  };

/** Devices that speak the hawkBit Direct Device Integration protocol, at the root of the server. */
export const ddiDevices =
  (deps: DdiDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    await app.register(serve(deps), { prefix: basePath });
  };
