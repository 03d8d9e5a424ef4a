import type { OutgoingHttpHeaders } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { secretInCookie } from '../api/muster/cookie.ts';
import { answerErrors } from '../api/muster/error-handler.ts';
import { problemOfRequest, TooManyRequests } from '../api/muster/errors.ts';
import { type MusterSettings, musterApi } from '../api/muster/plugin.ts';
import { type PulseSettings, pulseApi } from '../api/pulse/plugin.ts';
import { answerMalformed as answerMalformedPulse } from '../api/pulse/register.ts';
import { type ThingSpaceSettings, thingspaceApi } from '../api/thingspace/plugin.ts';
import { answerMalformed as answerMalformedThingSpace } from '../api/thingspace/register.ts';
import { tidyUrl } from '../api/thingspace/tidy-url.ts';
import { rememberAdmissions } from '../app/admission-memory.ts';
import { deviceOfToken } from '../app/device-token.ts';
import { createLastSeen, type LastSeen } from '../app/last-seen.ts';
import { readSecret } from '../app/secrets.ts';
import { createTransferMeter } from '../app/transfer-meter.ts';
import { ddiDevices } from '../devices/ddi/plugin.ts';
import { downloads } from '../devices/download/plugin.ts';
import { gatewayDevices } from '../devices/gateway/plugin.ts';
import { omaDmDevices } from '../devices/oma-dm/plugin.ts';
import { basePath } from '../wire/muster/routes.ts';
import { basePath as pulsePath } from '../wire/pulse/common.ts';
import { families, basePath as thingspacePath } from '../wire/thingspace/common.ts';
import { answerClientErrors, followAnswers } from './client-errors.ts';
import type { Config } from './config.ts';
import { openConsole } from './console.ts';
import type { Context } from './context.ts';
import { keepDeadlines } from './deadlines.ts';
import type { Fellows } from './fellows.ts';
import { parseJsonBody } from './json-body.ts';
import { createMeters, type Meters } from './meters.ts';
import { createNoteRequest, observe } from './observe.ts';
import { answerQuickly } from './quick-answers.ts';
import { requestIds } from './request-id.ts';
import type { Tracing } from './tracing.ts';
import { version } from './version.ts';

const MINUTE = 60_000;
/** How often Node looks for connections whose headers are overdue. */
const CHECK_INTERVAL = 5_000;

const nameOfSecret = (secret: string): string | undefined => readSecret(secret)?.id ?? deviceOfToken(secret);

/** One bucket for each credential, since whole fleets sit behind one address; by address without one. */
const bucketOf = (request: FastifyRequest): string => {
  const secret = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? secretInCookie(request);
  return (secret === undefined ? undefined : nameOfSecret(secret)) ?? rateLimit.normalizeIP(request.ip);
};

/** What Helmet says in every reply: always the same, and to build it anew took a tenth of a request's time. */
const protectiveHeaders = async (): Promise<OutgoingHttpHeaders> => {
  const once = Fastify();
  await once.register(helmet, {
    contentSecurityPolicy: {
      // The defaults would have a page fetch its style over HTTPS even where there is none.
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // These speak to browsers and plug-ins that are gone, or repeat what the policy above says.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  let headers: OutgoingHttpHeaders = {};
  once.get('/', async (_, reply) => {
    headers = { ...reply.raw.getHeaders() };
    return '';
  });
  await once.inject('/');
  return headers;
};

const isBelow = (url: string, path: string): boolean => url.startsWith(`${path}/`);

const isForThingSpace = (url: string): boolean =>
  families.some((family) => isBelow(url, `${thingspacePath}/${family}`));

/** Other wires have parts of the paths below that one's. */
const isForPulse = (url: string): boolean =>
  isBelow(url, pulsePath) && !isBelow(url, basePath) && !isForThingSpace(url);

/** What looks on while the server works. */
export type Watching = {
  readonly meters: Meters;
  readonly tracing: Pick<Tracing, 'observe'> | undefined;
  readonly fellows?: Fellows | undefined;
};

/** The HTTP server with every wire registered, not yet listening. */
export const createHttp = async (
  config: Config,
  context: Context,
  logger: FastifyBaseLogger,
  /** Tells the background that there may be work. */
  wake: () => void,
  seen: LastSeen = createLastSeen(context.store, context.clock),
  { meters, tracing, fellows }: Watching = { meters: createMeters(), tracing: undefined },
): Promise<FastifyInstance> => {
  const { http, limits } = config;
  const nextId = requestIds(context.ids.uuid);
  const app = Fastify({
    loggerInstance: logger,
    bodyLimit: http.bodyLimit,
    // Bodies have deadlines of their own, by route; here only headers are waited for.
    requestTimeout: 0,
    // Node compares the two before Fastify has set its own.
    http: {
      headersTimeout: http.requestTimeout,
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_INTERVAL,
    },
    trustProxy: http.trustedProxies.length === 0 ? false : [...http.trustedProxies],
    genReqId: nextId,
    requestIdHeader: false,
    // A logger for each request takes time for lines that most never write; those that do name the request.
    childLoggerFactory: (shared) => shared,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    rewriteUrl: ({ url = '/' }) => tidyUrl(url),
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
    clientErrorHandler: answerClientErrors(nextId),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      // Before routing there is no wire yet whose form the answer could have, but for what the path begins with.
      if (isForThingSpace(request.url)) return void answerMalformedThingSpace(reply);
      if (isForPulse(request.url)) return void answerMalformedPulse(reply, error.message);
      const problem = problemOfRequest('request/malformed', error.message, request.id);
      void reply.code(400).type('application/problem+json').send(JSON.stringify(problem));
    },
  });
  tracing?.observe(app);
  followAnswers(app);
  keepDeadlines(app, http.requestTimeout);
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseJsonBody(body)),
  );
  const protective = await protectiveHeaders();
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(protective);
    done();
  });
  const pages = openConsole();
  answerErrors(app, pages.answerPage);
  await app.register(rateLimit, {
    global: limits.requestsPerMinute > 0,
    max: limits.requestsPerMinute,
    timeWindow: MINUTE,
    keyGenerator: bucketOf,
    skipOnError: true,
    errorResponseBuilder: (_, { ttl }) => new TooManyRequests(Date.now() + ttl),
  });
  const noteRequest = createNoteRequest(meters);
  observe(app, config, context, meters, noteRequest, fellows);
  pages.serveFiles(app);
  const { noteGate } = meters;
  const baseUrl = (): string => `${publicUrl(config, app)}${basePath}`;
  const settings = musterSettings(config);
  await app.register(musterApi({ ...context, noteGate, baseUrl, wake, version, settings }), {
    prefix: basePath,
  });
  const { publicUrl: devicesUrl, trustedProxies } = http;
  const behindProxies = trustedProxies.length > 0;
  const admit = rememberAdmissions(context);
  const ddi = { ...context, admit, noteGate, seen, publicUrl: devicesUrl, trustedProxies };
  const headers = Object.entries(protective).flatMap(([name, value]) => [name, String(value)]);
  // Where each request has a span, each goes the long way.
  const quickPolls =
    tracing === undefined
      ? answerQuickly(app, { ...ddi, behindProxies, log: logger, headers, nextId }, noteRequest)
      : undefined;
  await app.register(ddiDevices({ ...ddi, quickPolls }));
  const { basic, attempts } = config.omaDm;
  const warn = (what: object, message: string): void => logger.warn(what, message);
  await app.register(
    omaDmDevices({
      ...{ ...context, noteGate, seen, publicUrl: devicesUrl, trustedProxies },
      ...{ basic, attempts, warn },
    }),
  );
  const meter = createTransferMeter({
    ...context,
    problem: (err) => logger.error({ err }, 'the progress of a download was not noted'),
  });
  await app.register(downloads({ ...context, seen, meter }), { prefix: '/dl' });
  const pulse = { settings: pulseSettings(config), parseJson: parseJsonBody, seen, wake };
  await app.register(pulseApi({ ...context, ...pulse }), { prefix: pulsePath });
  const gateways = { publicUrl: devicesUrl, lease: config.gateways.commandLease, parseJson: parseJsonBody };
  await app.register(gatewayDevices({ ...context, ...gateways, noteGate, seen }), { prefix: pulsePath });
  const thingspace = { settings: thingspaceSettings(config), parseJson: parseJsonBody, seen, wake };
  await app.register(thingspaceApi({ ...context, ...thingspace }), { prefix: thingspacePath });
  return app;
};

const musterSettings = ({ sessions, limits, http }: Config): MusterSettings => ({
  sessionTtl: sessions.ttl,
  lockoutFailures: sessions.lockoutFailures,
  lockoutTime: sessions.lockoutTime,
  loginsPerMinute: limits.loginsPerMinute,
  importLimit: http.importLimit,
  packageLimit: http.packageLimit,
});

const pulseSettings = (config: Config): PulseSettings => ({
  ...musterSettings(config),
  firstPage: config.pulse.firstPage,
  multipartLimit: config.pulse.formLimit,
});

/** A body that names 100,000 devices has some megabytes. */
const MANY_DEVICES = 16 * 1024 ** 2;

const thingspaceSettings = (config: Config): ThingSpaceSettings => {
  const { bodyLimit, importLimit } = config.http;
  return {
    ...musterSettings(config),
    ...config.thingspace,
    manyLimit: Math.max(bodyLimit, Math.min(importLimit, MANY_DEVICES)),
  };
};

/** What every link begins with: as set, else the address that is listened on. */
const publicUrl = ({ http }: Config, app: FastifyInstance): string => {
  if (http.publicUrl !== undefined) return http.publicUrl;
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : http.port;
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  return `http://${host}:${port}`;
};
