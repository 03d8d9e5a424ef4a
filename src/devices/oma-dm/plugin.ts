import { hash } from 'node:crypto';
import type {} from '@fastify/rate-limit'; // declares what a route says about its limit
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StorageFull } from '../../app/ports.ts';
import { certificateOf, trustedPeers } from '../../http/proxy-certificate.ts';
import type { Call, OmaDmDeps } from './call.ts';
import { contentTypeOf, encodingOf, readMessage } from './codec.ts';
import { MOST_MESSAGE } from './compose.ts';
import { descriptorRoutes } from './descriptor-routes.ts';
import { readMacHeader } from './digest.ts';
import { exchange } from './exchange.ts';
import { countFailures } from './failures.ts';

const MAC = 'x-syncml-hmac';

type Params = { readonly Params: { readonly account: string; readonly token?: string } };

/** What is no SyncML at all is answered in HTTP's own words (B1.2). */
const sendProblem = (reply: FastifyReply, status: number, sentence: string): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('text/plain; charset=utf-8')
    .send(`${sentence}\n`);

const isExposed = ({ basic }: OmaDmDeps, { protocol }: FastifyRequest): boolean =>
  basic === 'always' || (basic === 'tls' && protocol === 'https');

const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return sendProblem(reply, 413, `Expected a message of at most ${MOST_MESSAGE} bytes.`);
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return sendProblem(reply, 415, 'Expected application/vnd.syncml.dm+xml or +wbxml.');
  }
  if (error instanceof StorageFull) {
    request.log.error({ err: error }, 'the disk is full');
    return sendProblem(reply.header('retry-after', '60'), 503, 'There is no room at present.');
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return sendProblem(reply, status, 'Expected a message of SyncML.');
  request.log.error({ err: error }, 'request failed');
  return sendProblem(reply, 500, `The server failed; request ${request.id} finds the cause in its log.`);
};

const serve =
  (deps: OmaDmDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const failures = countFailures(deps.clock, deps.attempts);
    const isTrusted = trustedPeers(deps.trustedProxies);
    const baseOf = ({ protocol, host }: { readonly protocol: string; readonly host: string }) =>
      deps.publicUrl ?? `${protocol}://${host}`;
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body);
    app.setErrorHandler(answerError);

    const handle = async (request: FastifyRequest<Params>, reply: FastifyReply): Promise<FastifyReply> => {
      const encoding = encodingOf(request.headers['content-type'] ?? '');
      if (encoding === undefined) {
        return sendProblem(reply, 415, 'Expected application/vnd.syncml.dm+xml or +wbxml.');
      }
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const message = readMessage(body, encoding);
      if (!message.ok) return sendProblem(reply, 400, `Expected ${message.refusal.expected}.`);
      const { account: id, token } = request.params;
      const account = await deps.store.accounts.find(id);
      if (account === undefined) return sendProblem(reply, 404, 'There is no such account.');
      const header = [request.headers[MAC]].flat()[0] ?? '';
      const peerIsTrusted = isTrusted(request.socket.remoteAddress);
      const certificate = peerIsTrusted ? certificateOf(request.headers) : undefined;
      const proofs = JSON.stringify([header, certificate]);
      const call: Call = {
        ...{ account, token, body, encoding, failures, message: message.value },
        certificate,
        // What proves a message is part of it: the same bytes without that are not the same message.
        digest: hash('sha256', Buffer.concat([body, Buffer.from(`\0${proofs}`)]), 'base64'),
        mac: header === '' ? undefined : readMacHeader(header),
        allowsBasic: isExposed(deps, request),
        source: request.ip,
        base: baseOf(request),
      };
      const answered = await exchange(deps, call);
      reply
        .code(200)
        .header('cache-control', 'no-store')
        .header('accept-charset', 'utf-8')
        .type(contentTypeOf(encoding));
      if (answered.mac !== '') reply.header(MAC, answered.mac);
      return reply.send(Buffer.from(answered.body));
    };

    // Whole fleets come from one address; wrong proofs are counted by device.
    const options = { bodyLimit: MOST_MESSAGE, config: { rateLimit: false } } as const;
    app.post<Params>('/dm/:account', options, handle);
    app.post<Params>('/dm/:account/:token', options, handle);
    descriptorRoutes(app, deps, baseOf);
  };

/** Devices that speak OMA-DM 1.2 over HTTP, at the root of the server. */
export const omaDmDevices =
  (deps: OmaDmDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    await app.register(serve(deps));
  };
