import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noteDenied } from '../../app/audit-notes.ts';
import type { Blobs } from '../../app/blobs.ts';
import type { Caller } from '../../app/caller.ts';
import type { LastSeen } from '../../app/last-seen.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Push } from '../../app/push-ports.ts';
import type { SessionSettings } from '../../app/session.ts';
import type { Waker } from '../../app/waker.ts';
import { askedOf } from '../../http/origin.ts';
import { signInLimit } from '../../http/registering.ts';
import { families } from '../../wire/thingspace/common.ts';
import type { ThingSpaceRoute } from '../../wire/thingspace/route.ts';
import { routes } from '../../wire/thingspace/routes.ts';
import { createAdmit } from './auth.ts';
import type { Handlers } from './call.ts';
import { callbackHandlers } from './callback-registrations.ts';
import { campaignHandlers } from './campaigns.ts';
import { deviceHandlers } from './devices.ts';
import { fileHandlers } from './files.ts';
import { firmwareHandlers } from './firmware.ts';
import { licenseHandlers } from './licenses.ts';
import { loggingHandlers } from './logging.ts';
import { refuseNul } from './nul.ts';
import { answerErrors, answerUnknown, type Registering, register } from './register.ts';
import { reportHandlers } from './reports.ts';
import { sessionHandlers } from './sessions.ts';
import { upgradeHandlers } from './upgrades.ts';

/** What an operator set that this API obeys. Durations in milliseconds, sizes in bytes, 0 for no limit. */
export type ThingSpaceSettings = SessionSettings & {
  readonly loginsPerMinute: number;
  /** After so long without use a session of this wire is over. */
  readonly sessionIdle: number;
  /** Whether a callback may go to an `http:` URL. */
  readonly httpCallbacks: boolean;
  /** Of a body that names many devices. */
  readonly manyLimit: number;
  /** Of an uploaded file. */
  readonly packageLimit: number;
};

export type ThingSpaceDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly blobs: Blobs;
  readonly push: Pick<Push, 'check'>;
  readonly seen: Pick<LastSeen, 'note'>;
  /** Lets a request that waits for news of a device know. */
  readonly waker: Pick<Waker, 'wake'>;
  readonly settings: ThingSpaceSettings;
  /** Tells the background that there may be work. */
  readonly wake: () => void;
  readonly parseJson: (bytes: Uint8Array) => unknown;
};

const allHandlers = (deps: ThingSpaceDeps): Handlers<typeof routes> => ({
  ...sessionHandlers(deps),
  ...callbackHandlers(deps),
  ...licenseHandlers(deps),
  ...fileHandlers(deps),
  ...firmwareHandlers(deps),
  ...deviceHandlers(deps),
  ...loggingHandlers(deps),
  ...campaignHandlers(deps),
  ...upgradeHandlers(deps),
  ...reportHandlers(deps),
});

type Parse = (body: Buffer) => unknown;

/** Clients say all sorts of media types, or none (reference 1.1): how a body is read is the route's own business. */
const readAs = (app: FastifyInstance, parse: Parse): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined;
    const value = parse(body);
    refuseNul('body', value);
    return value;
  });
};

const parseForm: Parse = (body) => Object.fromEntries(new URLSearchParams(body.toString()));

const readNothing = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
};

type Registered = readonly (readonly [ThingSpaceRoute, never])[];

/** The Software Management API of Verizon ThingSpace, and what its callers need around it. */
export const thingspaceApi =
  (deps: ThingSpaceDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const { loginsPerMinute, manyLimit } = deps.settings;
    const registering: Registering = {
      admit: createAdmit(deps),
      noteDenied: (request: FastifyRequest, caller: Caller, permission: string) =>
        noteDenied(deps, caller, permission, askedOf(request)),
      limitSignIns: signInLimit(app, loginsPerMinute),
      manyLimit,
    };
    const handlers: Readonly<Record<string, unknown>> = allHandlers(deps);
    const table: Readonly<Record<string, ThingSpaceRoute>> = routes;
    // Each name's handler is typed by its own route in `Handlers`; in a loop the link between them is lost.
    const all: Registered = Object.entries(table).map(([name, route]) => [route, handlers[name] as never]);
    const scope = (prepare: (inner: FastifyInstance) => void, takes: ThingSpaceRoute['takes']) =>
      app.register((inner, _options, done) => {
        answerErrors(inner);
        prepare(inner);
        for (const [route, handler] of all) {
          if (route.takes === takes) register(inner, registering, route, handler);
        }
        done();
      });
    await scope((inner) => readAs(inner, deps.parseJson), undefined);
    await scope((inner) => readAs(inner, parseForm), 'form');
    await scope(readNothing, 'stream');
    const unknown = (inner: FastifyInstance, _options: unknown, done: () => void): void => {
      answerErrors(inner);
      answerUnknown(inner);
      done();
    };
    for (const family of families) await app.register(unknown, { prefix: `/${family}` });
  };
