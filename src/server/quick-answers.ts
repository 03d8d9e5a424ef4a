import type { FastifyInstance } from 'fastify';
import { createQuickPolls, type QuickPolls } from '../devices/ddi/quick-poll.ts';
import { createQuickReports } from '../devices/ddi/quick-report.ts';
import { endTogether } from '../http/end-together.ts';
import { basePath, ddiRoutes } from '../wire/ddi/routes.ts';
import type { NoteRequest } from './observe.ts';

type Own = 'note' | 'endSoon';
type Deps = Omit<Parameters<typeof createQuickPolls>[0], Own> &
  Omit<Parameters<typeof createQuickReports>[0], Own>;

/** Polls and reports that are answered before Fastify hears of them, until it closes. */
export const answerQuickly = (app: FastifyInstance, deps: Deps, noteRequest: NoteRequest): QuickPolls => {
  const noting =
    (method: string, { path }: { readonly path: string }) =>
    (status: number, seconds: number): void =>
      noteRequest(method, `${basePath}${path}`, status, seconds);
  const endSoon = endTogether();
  const polls = createQuickPolls({ ...deps, endSoon, note: noting('GET', ddiRoutes.poll) });
  const reports = createQuickReports({
    ...deps,
    endSoon,
    note: noting('POST', ddiRoutes.postDeploymentFeedback),
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
    const otherwise = (): void => {
      for (const handler of handlers) handler.call(app.server, request, response);
    };
    if (isClosing) otherwise();
    else if (!polls.answer(request, response)) reports.answer(request, response, otherwise);
  });
  return polls;
};
