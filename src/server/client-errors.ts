import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { type MalformedCode, malformed, problemOfRequest } from '../api/muster/errors.ts';

type Answer = { readonly code: MalformedCode; readonly detail: string };

const answers: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'request/timed-out',
    detail: 'Expected the whole request within the time that is allowed; part of it did not come.',
  },
  HPE_HEADER_OVERFLOW: {
    code: 'request/headers-too-large',
    detail: 'The request line and headers are larger than this server takes.',
  },
};

/** The parser's reasons are fixed sentences; they repeat nothing of the request. */
const answerTo = (error: ConnectionError): Answer =>
  answers[error.code] ?? {
    code: 'request/malformed',
    detail: `Expected a request in HTTP/1.1; got bytes that are not: ${'reason' in error ? error.reason : 'they cannot be parsed'}.`,
  };

/** The connection's current answer, so that an error while it is under way does not write into it. */
const current = new WeakMap<Socket, ServerResponse>();

const isBusy = (socket: Socket): boolean => {
  const response = current.get(socket);
  return response?.headersSent === true && !response.writableFinished;
};

/**
 * Answers what Node's HTTP parser refuses (RFC 9112: both framings, bad chunks, broken headers) with a problem
 * document and ends the connection: where the next request would begin is not known.
 */
export const answerClientErrors =
  (requestId: () => string) =>
  (error: ConnectionError, socket: Socket): void => {
    if (error.code !== 'ECONNRESET' && socket.writable && !isBusy(socket)) {
      const { code, detail } = answerTo(error);
      const { status } = malformed[code];
      const body = JSON.stringify(problemOfRequest(code, detail, requestId()));
      socket.write(
        [
          `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
          'Content-Type: application/problem+json',
          `Content-Length: ${Buffer.byteLength(body)}`,
          'Connection: close',
          '',
          body,
        ].join('\r\n'),
      );
    }
    // A request that was put in without a connection has nothing that could be closed.
    socket.destroySoon?.();
  };

/** Notes which answer each connection is giving. */
export const followAnswers = (app: FastifyInstance): void => {
  app.server.on('request', (request, response) => current.set(request.socket, response));
};
