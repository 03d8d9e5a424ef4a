import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StorageFull } from '../../app/ports.ts';
import {
  type MalformedCode,
  MalformedRequest,
  problemOf,
  problemOfRequest,
  TooManyRequests,
} from './errors.ts';
import { flawsOf } from './validation.ts';

type Answer = { readonly code: MalformedCode; readonly detail: string };

/** Errors that the HTTP layer raises before a handler runs, by Fastify's codes. */
const known: Readonly<Record<string, (error: FastifyError, request: FastifyRequest) => Answer>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => ({
    code: 'request/unsupported-media-type',
    detail:
      'Expected a body of a media type that the documentation of this route names, such as application/json.',
  }),
  FST_ERR_CTP_BODY_TOO_LARGE: (_, { routeOptions }) => ({
    code: 'request/too-large',
    detail: `Expected a body of at most ${routeOptions.bodyLimit} bytes; got more.`,
  }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => ({
    code: 'request/malformed',
    detail: 'Expected a JSON body; got none.',
  }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => ({
    code: 'request/malformed',
    detail: 'Expected as many bytes as Content-Length says; got another number.',
  }),
};

const answerTo = (error: FastifyError, request: FastifyRequest): Answer => {
  if (error instanceof MalformedRequest) return { code: error.malformed, detail: error.message };
  const answer = known[error.code];
  if (answer !== undefined) return answer(error, request);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return { code: 'request/malformed', detail: error.message };
  return { code: 'server/failed', detail: 'The server failed. The request id finds the cause in its log.' };
};

const answer = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  if (error.validationContext === 'body' && request.body === undefined) {
    return send(reply, problemOfRequest('request/malformed', 'Expected a JSON body; got none.', request.id));
  }
  if (error.validation !== undefined) {
    const flaws = flawsOf(error.validation as Parameters<typeof flawsOf>[0]);
    const first = flaws[0];
    const where = error.validationContext === 'body' ? 'body' : (error.validationContext ?? 'request');
    const detail =
      first === undefined
        ? error.message
        : `${where}${first.at}: expected ${first.expected}; got ${first.got}.`;
    return send(reply, problemOfRequest('request/malformed', detail, request.id, flaws));
  }
  // Whatever limited the rate has set Retry-After already.
  if (error instanceof TooManyRequests) return send(reply, problemOf(error.refusal, request.id));
  if (error instanceof StorageFull) {
    request.log.error({ err: error, requestId: request.id }, 'the disk is full');
    return send(reply, problemOf({ code: 'storage-full' }, request.id));
  }
  const { code, detail } = answerTo(error, request);
  if (code === 'server/failed') request.log.error({ err: error, requestId: request.id }, 'request failed');
  return send(reply, problemOfRequest(code, detail, request.id));
};

/** Answers a range that lies outside of what there is. */
export const refuseRange =
  ({ id }: FastifyRequest) =>
  (reply: FastifyReply, detail: string): void =>
    void send(reply, problemOfRequest('request/range-not-satisfiable', detail, id));

const send = (reply: FastifyReply, problem: { readonly status: number }): FastifyReply =>
  reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));

/**
 * Every error in this scope leaves as a problem document; a defect tells its request id and nothing else. `answersElse` may
 * answer what no route does.
 */
export const answerErrors = (
  app: FastifyInstance,
  answersElse: (request: FastifyRequest, reply: FastifyReply) => boolean = () => false,
): void => {
  app.setErrorHandler(answer);
  app.setNotFoundHandler((request, reply) => {
    if (answersElse(request, reply)) return reply;
    return send(
      reply,
      problemOfRequest(
        'request/unknown-route',
        `There is no ${request.method} ${request.url.split('?')[0]}.`,
        request.id,
      ),
    );
  });
};
