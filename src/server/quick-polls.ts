import type { FastifyInstance } from 'fastify';
import { createQuickPolls, type QuickPolls } from '../devices/ddi/quick-poll.ts';
import { basePath, ddiRoutes } from '../wire/ddi/routes.ts';
import type { NoteRequest } from './observe.ts';

type Deps = Omit<Parameters<typeof createQuickPolls>[0], 'note'>;

/** Polls that are answered before Fastify hears of them, until it closes. */
export const answerPollsQuickly = (
  app: FastifyInstance,
  deps: Deps,
  noteRequest: NoteRequest,
): QuickPolls => {
  const route = `${basePath}${ddiRoutes.poll.path}`;
  const polls = createQuickPolls({
    ...deps,
    note: (status, seconds) => noteRequest('GET', route, status, seconds),
  });
  let isClosing = false;
  // Answers end their connections from then on, which only Fastify tells.
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  const handlers = app.server.listeners('request');
  app.server.removeAllListeners('request');
  app.server.on('request', (request, response) => {
    if (!isClosing && polls.answer(request, response)) return;
    for (const handler of handlers) handler.call(app.server, request, response);
  });
  return polls;
};
