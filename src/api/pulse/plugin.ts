import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noteDenied } from '../../app/audit-notes.ts';
import type { Blobs, Redirects } from '../../app/blobs.ts';
import type { Caller } from '../../app/caller.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { Push } from '../../app/push-ports.ts';
import type { SessionSettings } from '../../app/session.ts';
import type { Waker } from '../../app/waker.ts';
import { askedOf } from '../../http/origin.ts';
import { signInLimit } from '../../http/registering.ts';
import type { PulseRoute } from '../../wire/pulse/route.ts';
import { routes } from '../../wire/pulse/routes.ts';
import { createAdmit } from './auth.ts';
import type { Handlers } from './call.ts';
import { callbackHandlers } from './callback-registrations.ts';
import { campaignHandlers } from './campaigns.ts';
import { destinationHandlers } from './destinations.ts';
import { deviceCredentialHandlers } from './device-credentials.ts';
import { deviceTemplateHandlers } from './device-templates.ts';
import { deviceHandlers } from './devices.ts';
import { filterHandlers } from './filters.ts';
import { gatewayHandlers } from './gateways.ts';
import { groupHandlers } from './groups.ts';
import { notificationHandlers } from './notifications.ts';
import { refuseNul } from './nul.ts';
import { organizationHandlers } from './organizations.ts';
import { peopleHandlers } from './people.ts';
import { programHandlers } from './programs.ts';
import { answerErrors, answerUnknown, type Registering, register } from './register.ts';
import { sessionHandlers } from './sessions.ts';

/** What an operator set that this API obeys. Durations in milliseconds, sizes in bytes, 0 for no limit. */
export type PulseSettings = SessionSettings & {
  readonly loginsPerMinute: number;
  /** The number of the first page of a list. */
  readonly firstPage: 0 | 1;
  /** Of a form; what is streamed has `packageLimit` alone. */
  readonly multipartLimit: number;
  readonly packageLimit: number;
};

export type PulseDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly sealing: Pick<Sealing, 'seal'>;
  readonly blobs: Blobs;
  readonly redirects: Redirects;
  readonly push: Pick<Push, 'check'>;
  readonly seen: Pick<LastSeen, 'note'>;
  readonly waker: Pick<Waker, 'wake'>;
  readonly settings: PulseSettings;
  /** Tells the background that there may be work. */
  readonly wake: () => void;
  readonly parseJson: (bytes: Uint8Array) => unknown;
};

const allHandlers = (deps: PulseDeps): Handlers<typeof routes> => ({
  ...campaignHandlers(deps),
  ...gatewayHandlers(deps),
  ...callbackHandlers(deps),
  ...sessionHandlers(deps),
  ...organizationHandlers(deps),
  ...peopleHandlers(deps),
  ...groupHandlers(deps),
  ...destinationHandlers(deps),
  ...notificationHandlers(deps),
  ...programHandlers(deps),
  ...deviceHandlers(deps),
  ...deviceTemplateHandlers(deps),
  ...deviceCredentialHandlers(deps),
  ...filterHandlers(deps),
});

type Registered = readonly (readonly [PulseRoute, never])[];

const serve = (app: FastifyInstance, registering: Registering, table: Registered): void => {
  for (const [route, handler] of table) register(app, registering, route, handler);
};

/** Clients say all sorts of media types, or none: what is not streamed is read as JSON. */
const readJson = (app: FastifyInstance, { parseJson }: PulseDeps): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined;
    const value = parseJson(body);
    // It can only come as an escape.
    if (body.includes('\\u0000')) refuseNul('body', value);
    return value;
  });
};

const readNothing = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
};

/** The campaign API of VMware Pulse IoT Center, and what its callers need around it. */
export const pulseApi =
  (deps: PulseDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    answerErrors(app);
    answerUnknown(app);
    const registering = {
      admit: createAdmit(deps),
      noteDenied: (request: FastifyRequest, caller: Caller, permission: string) =>
        noteDenied(deps, caller, permission, askedOf(request)),
      limitSignIns: signInLimit(app, deps.settings.loginsPerMinute),
    };
    const handlers: Readonly<Record<string, unknown>> = allHandlers(deps);
    const table: Readonly<Record<string, PulseRoute>> = routes;
    // Each name's handler is typed by its own route in `Handlers`; in a loop the link between them is lost.
    const all = Object.entries(table).map(([name, route]) => [route, handlers[name] as never] as const);
    const scope = (prepare: (inner: FastifyInstance) => void, streams: true | undefined) =>
      app.register((inner, _options, done) => {
        prepare(inner);
        serve(
          inner,
          registering,
          all.filter(([route]) => route.streams === streams),
        );
        done();
      });
    await scope((json) => readJson(json, deps), undefined);
    await scope(readNothing, true);
  };
