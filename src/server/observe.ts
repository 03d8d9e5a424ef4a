import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Context } from './context.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Health, readiness and metrics: for load balancers and operators, outside every wire. */
export const observe = (app: FastifyInstance, config: Config, context: Context): void => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureRequests(app, registry);

  app.get('/healthz', { exposeHeadRoute: true }, async () => ({ status: 'ok' }));

  app.get('/readyz', { exposeHeadRoute: true }, async (request, reply) => {
    try {
      await context.store.ping();
      return { status: 'ready' };
    } catch (error) {
      request.log.warn({ err: error, requestId: request.id }, 'the store does not answer');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });

  app.get('/metrics', async (request, reply) => {
    if (!maySeeMetrics(request, config, context)) return reply.code(403).send({ status: 'forbidden' });
    return reply.type(registry.contentType).send(await registry.metrics());
  });
};

/** With the token that is set for it, or from this machine when none is. */
const maySeeMetrics = (request: FastifyRequest, { metrics }: Config, { hashing }: Context): boolean => {
  if (metrics.token === undefined) return LOOPBACK.has(request.ip);
  return hashing.equal(request.headers.authorization ?? '', `Bearer ${metrics.token}`);
};

/** One combination of labels; to look it up takes longer than to count. */
type Series = { readonly observe: (seconds: number) => void };

const measureRequests = (app: FastifyInstance, registry: Registry): void => {
  const duration = new Histogram({
    name: 'muster_http_request_duration_seconds',
    help: 'Time from the request to the end of its reply, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  });
  const series = new Map<string, Series>();
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    const { statusCode: status } = reply;
    const name = `${status} ${method} ${route}`;
    let one = series.get(name);
    if (one === undefined) {
      one = duration.labels({ method, route, status });
      series.set(name, one);
    }
    one.observe(reply.elapsedTime / 1000);
    done();
  });
};
