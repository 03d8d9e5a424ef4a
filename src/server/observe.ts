import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Overview } from '../app/lists.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { type Fellows, noFellows } from './fellows.ts';
import { joinMetrics } from './joined-metrics.ts';
import { type Meters, sharedMetrics } from './meters.ts';
import { createReadiness } from './readiness.ts';
import type { Counter, Histogram } from './series.ts';
import { deviceVisits, streamRoute } from './visits.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Health, readiness and metrics: for load balancers and operators, outside every wire. */
export const observe = (
  app: FastifyInstance,
  config: Config,
  context: Context,
  meters: Meters,
  noteRequest: NoteRequest = createNoteRequest(meters),
  fellows: Fellows = noFellows,
): void => {
  // What Node and the operating system tell; ours are counted without it, since it looks up labels each time.
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureRequests(app, noteRequest);

  app.get('/healthz', { exposeHeadRoute: true }, async () => ({ status: 'ok' }));

  const ready = createReadiness(() => context.store.ping());
  app.get('/readyz', { exposeHeadRoute: true }, async (request, reply) => {
    try {
      await ready();
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ err: error, requestId: request.id }, 'the store does not answer');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });

  app.get('/metrics', async (request, reply) => {
    if (!maySeeMetrics(request, config, context)) return reply.code(403).send({ status: 'forbidden' });
    const overview = await context.store.overview().catch((error: unknown) => {
      request.log.warn({ err: error, requestId: request.id }, 'the store does not answer');
      return undefined;
    });
    return reply.type(registry.contentType).send(await allText(overview));
  });

  const ownText = async (overview?: Overview): Promise<string> => {
    const replica = await context.store.replica();
    const now = { at: context.clock(), overview, streams: context.live.open(), replica };
    return `${meters.text(now)}${await registry.metrics()}`;
  };
  fellows.give(() => ownText());
  const allText = async (overview: Overview | undefined): Promise<string> => {
    const { number: worker } = fellows;
    if (worker === undefined) return ownText(overview);
    const [text, others] = await Promise.all([ownText(overview), fellows.texts()]);
    return joinMetrics([{ worker, text }, ...others], sharedMetrics);
  };
};

/** With the token that is set for it, or from this machine when none is. */
const maySeeMetrics = (request: FastifyRequest, { metrics }: Config, { hashing }: Context): boolean => {
  if (metrics.token === undefined) return LOOPBACK.has(request.ip);
  return hashing.equal(request.headers.authorization ?? '', `Bearer ${metrics.token}`);
};

/** What is counted of one kind of answer: its time, and the poll or report that it is. */
type Series = {
  readonly time: Histogram;
  readonly visit: Counter | undefined;
  /** Streams last as long as somebody listens, which says nothing of the server. */
  readonly timed: boolean;
};

const seriesOf = (meters: Meters, method: string, route: string, status: number): Series => {
  const visit = status < 400 ? deviceVisits.get(`${method} ${route}`) : undefined;
  return {
    time: meters.request(method, route, String(status)),
    visit: visit && meters[visit.kind](visit.protocol),
    timed: route !== streamRoute,
  };
};

/** Counts an answer: how long a request of a method and route took in seconds, and with which status it ended. */
export type NoteRequest = (method: string, route: string, status: number, seconds: number) => void;

export const createNoteRequest = (meters: Meters): NoteRequest => {
  const series = new Map<string, Series>();
  return (method, route, status, seconds) => {
    const name = `${status} ${method} ${route}`;
    let one = series.get(name);
    if (one === undefined) {
      one = seriesOf(meters, method, route, status);
      series.set(name, one);
    }
    one.time.observe(one.timed ? seconds : 0);
    one.visit?.add();
  };
};

const measureRequests = (app: FastifyInstance, note: NoteRequest): void => {
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    note(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
};
