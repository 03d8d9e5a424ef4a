import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noteDenied } from '../../app/audit-notes.ts';
import type { Backups } from '../../app/backup-ports.ts';
import type { Blobs, Redirects } from '../../app/blobs.ts';
import type { ByteHolds } from '../../app/byte-holds.ts';
import type { NoteGate } from '../../app/check-in.ts';
import type { Live } from '../../app/live.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { Push } from '../../app/push-ports.ts';
import { createAuthenticate, type Principal } from '../../app/sign-in.ts';
import type { Waker } from '../../app/waker.ts';
import { refused } from '../../domain/result.ts';
import { askedOf, originOf } from '../../http/origin.ts';
import { type RouteName, routes } from '../../wire/muster/routes.ts';
import { accountHandlers } from './accounts.ts';
import { auditHandlers } from './audit.ts';
import { backupHandlers } from './backup.ts';
import type { Handlers } from './call.ts';
import { campaignHandlers } from './campaigns.ts';
import { secretInCookie } from './cookie.ts';
import { credentialHandlers } from './credentials.ts';
import { deliveryHandlers } from './deliveries.ts';
import { destinationHandlers } from './destinations.ts';
import { deviceTagHandlers } from './device-tags.ts';
import { deviceHandlers } from './devices.ts';
import { serveDocuments } from './docs-page.ts';
import { answerErrors } from './error-handler.ts';
import { eventHandlers } from './events.ts';
import { memberHandlers } from './members.ts';
import { packageHandlers } from './packages.ts';
import { queryHandlers } from './queries.ts';
import { type Authenticate, acceptStreams, register } from './register.ts';
import { reportHandlers } from './report.ts';
import { roleHandlers } from './roles.ts';
import { rolloutHandlers } from './rollouts.ts';
import { serverHandlers } from './server.ts';
import { sessionHandlers } from './session.ts';
import { streamHandlers } from './stream.ts';
import { subscriptionHandlers } from './subscriptions.ts';
import { tokenHandlers } from './tokens.ts';
import { uploadHandlers } from './uploads.ts';
import { userHandlers } from './users.ts';
import { compileSerializer, compileValidator } from './validation.ts';

/** What an operator set that this API obeys. Durations in milliseconds, sizes in bytes, 0 for no limit. */
export type MusterSettings = {
  readonly sessionTtl: number;
  readonly lockoutFailures: number;
  readonly lockoutTime: number;
  readonly loginsPerMinute: number;
  readonly importLimit: number;
  readonly packageLimit: number;
};

export type MusterDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly sealing: Pick<Sealing, 'seal'>;
  readonly blobs: Blobs;
  readonly redirects: Redirects;
  readonly push: Push;
  readonly holds: ByteHolds;
  readonly backups: Backups;
  readonly settings: MusterSettings;
  /** Is told what the gate has answered to devices that others speak for. */
  readonly noteGate?: NoteGate | undefined;
  /** Tells streams what happens. */
  readonly live: Pick<Live, 'follow' | 'stop'>;
  /** Wakes the requests of devices that wait for news. */
  readonly waker: Pick<Waker, 'wake'>;
  /** Tells the background that there may be work. */
  readonly wake: () => void;
  /** Where clients reach this API. */
  readonly baseUrl: () => string;
  /** Of the server. */
  readonly version: string;
};

const ACCOUNT_HEADER = 'muster-account';

const bearer = (request: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];

const byToken = (deps: MusterDeps): Authenticate => {
  const authenticate = createAuthenticate(deps);
  return async (request) => {
    const secret = bearer(request) ?? secretInCookie(request);
    if (secret === undefined) return refused({ code: 'unauthenticated', reason: 'missing' });
    const account = request.headers[ACCOUNT_HEADER];
    const origin = originOf(request, 'muster');
    return authenticate(secret, typeof account === 'string' ? account : undefined, origin);
  };
};

const allHandlers = (
  deps: MusterDeps,
  authenticate: Authenticate,
  closing: AbortSignal,
): Handlers<typeof routes> => ({
  ...queryHandlers(deps),
  ...deviceHandlers(deps),
  ...deviceTagHandlers(deps),
  ...credentialHandlers(deps),
  ...packageHandlers(deps),
  ...uploadHandlers(deps),
  ...campaignHandlers(deps),
  ...memberHandlers(deps),
  ...rolloutHandlers(deps, closing),
  ...eventHandlers(deps),
  ...reportHandlers(deps),
  ...auditHandlers(deps),
  ...streamHandlers(deps, authenticate),
  ...destinationHandlers(deps),
  ...subscriptionHandlers(deps),
  ...deliveryHandlers(deps),
  ...sessionHandlers(deps),
  ...userHandlers(deps),
  ...tokenHandlers(deps),
  ...roleHandlers(deps),
  ...accountHandlers(deps),
  ...backupHandlers(deps),
  ...serverHandlers(deps),
});

/** The Muster API: every route of its table, in its own encapsulated scope. */
export const musterApi =
  (deps: MusterDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    app.setValidatorCompiler(compileValidator);
    app.setSerializerCompiler(compileSerializer);
    answerErrors(app);
    app.decorateRequest('principal');
    acceptStreams(app, Object.values(routes));
    const authenticate = byToken(deps);
    const closing = new AbortController();
    const handlers = allHandlers(deps, authenticate, closing.signal);
    // Before the server waits for what is under way: a stream would never end by itself, and a forecast takes long.
    app.addHook('preClose', async () => {
      closing.abort();
      deps.live.stop();
    });
    const registering = {
      authenticate,
      noteDenied: (request: FastifyRequest, caller: Principal, permission: string) =>
        noteDenied(deps, caller, permission, askedOf(request)),
      hashing: deps.hashing,
      baseUrl: deps.baseUrl,
      loginsPerMinute: deps.settings.loginsPerMinute,
    };
    for (const name of Object.keys(routes) as RouteName[]) {
      // Each name's handler is typed by its own route in `Handlers`; in a loop the link between them is lost.
      register(app, registering, routes[name], handlers[name] as never);
    }
    serveDocuments(app, { ...registering, version: deps.version }, routes);
  };
