import type { FastifyInstance, FastifyRequest } from 'fastify';
import type {} from '../api/muster/register.ts'; // declares what a route says about its body

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * A body that is read whole has to arrive within the time, in milliseconds; a streamed one may take for ever but
 * not pause that long. Node's own limit holds for all requests alike, and would cut a large upload.
 */
export const keepDeadlines = (app: FastifyInstance, time: number): void => {
  app.addHook('onRequest', (request, _, done) => {
    if (hasBody(request)) watch(app, request, time);
    done();
  });
};

const watch = (app: FastifyInstance, request: FastifyRequest, time: number): void => {
  const { raw } = request;
  const { socket } = raw;
  let seen = socket.bytesRead;
  const check = (): void => {
    const paused = socket.bytesRead === seen;
    seen = socket.bytesRead;
    if (request.routeOptions.config.streams === true && !paused) {
      timer.refresh();
      return;
    }
    const error = Object.assign(new Error('the body did not arrive'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    app.server.emit('clientError', error, socket);
  };
  const timer = setTimeout(check, time).unref();
  const stop = (): void => clearTimeout(timer);
  raw.once('end', stop).once('close', stop);
};
