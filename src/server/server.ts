import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createDeliverer, type Deliverer } from '../app/deliver.ts';
import { firstStart } from '../app/first-start.ts';
import { createLastSeen, type LastSeen } from '../app/last-seen.ts';
import type { Store } from '../app/ports.ts';
import type { Lwm2m } from '../devices/lwm2m/open.ts';
import type { AccountKey } from '../domain/ids.ts';
import { type Background, startBackground } from './background.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { type Fellows, noFellows } from './fellows.ts';
import { createHttp } from './http.ts';
import type { openLwm2mDevices } from './lwm2m.ts';
import { meteredBlobs, meteredStore } from './metered.ts';
import { createMeters, type Meters } from './meters.ts';
import { eventsOut, standingWork, triggersOut } from './standing-work.ts';
import { tellingOfEvents } from './telling-store.ts';
import type { Tracing } from './tracing.ts';

export type Server = {
  readonly http: FastifyInstance;
  readonly context: Context;
  /** Where it listens. */
  readonly url: string;
  /** Where it listens to LwM2M devices. */
  readonly lwm2m: Lwm2m['listening'];
  /** Lets requests in flight finish, for at most the configured time, then lets go of everything. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts the whole server; what is listening is ready to serve. `tellPassword` gets the administrator's password
 * when this start made one up: at once, since no later start will know it. `opening` is the store, if that is on its way.
 */
export const startServer = async (
  config: Config,
  logger: FastifyBaseLogger,
  tellPassword: (password: string) => void,
  overrides: Partial<Context> = {},
  fellows: Fellows = noFellows,
  opening?: Promise<Store>,
): Promise<Server> => {
  const context = await createContext(config, overrides, opening);
  try {
    const password = await firstStart(context, config.admin);
    if (password !== undefined) tellPassword(password);
    return await serve(config, context, logger, fellows);
  } catch (error) {
    await context.dispose();
    throw error;
  }
};

const serve = async (
  config: Config,
  opened: Context,
  logger: FastifyBaseLogger,
  fellows: Fellows,
): Promise<Server> => {
  let wake: Background['wake'] = () => undefined;
  let lwm2m: Lwm2m | undefined;
  const tell = (account: AccountKey | null): void => {
    wake('outbox');
    opened.live.wake(account);
    lwm2m?.wake(account);
  };
  const watching = { meters: createMeters(), tracing: await openTracing(config, logger), fellows };
  const context = watched(opened, watching, tell);
  const deliverer = createDeliverer({
    ...context,
    pause: (milliseconds) => sleep(milliseconds),
    wake: () => wake('deliveries'),
    report: (err, delivery) =>
      logger.error({ err, delivery }, 'a delivery was not recorded; it is sent again'),
  });
  const seen = createLastSeen(context.store, context.clock);
  const work = [
    ...standingWork(context, seen),
    ...triggersOut(config, context, logger),
    ...eventsOut(config, context, deliverer, logger, (n) => wake(n)),
  ];
  const background = startBackground(work, logger);
  wake = background.wake;
  try {
    const http = await createHttp(config, context, logger, background.wake, seen, watching);
    const url = await http.listen({ host: config.http.host, port: config.http.port });
    const { noteGate } = watching.meters;
    lwm2m = await openLwm2m(config, context, logger, { seen, noteGate, url }).catch(
      async (error: unknown) => {
        await http.close();
        throw error;
      },
    );
    const running = { http, background, context, config, seen, deliverer, tracing: watching.tracing, lwm2m };
    return { http, context, url, lwm2m: lwm2m?.listening ?? [], stop: () => stop(running) };
  } catch (error) {
    await background.stop();
    deliverer.abandon();
    await watching.tracing?.stop();
    throw error;
  }
};

type Running = {
  readonly http: FastifyInstance;
  readonly background: Background;
  readonly context: Context;
  readonly config: Config;
  readonly seen: LastSeen;
  readonly deliverer: Deliverer;
  readonly tracing: Tracing | undefined;
  readonly lwm2m: Lwm2m | undefined;
};

/** Nothing of it is loaded where no listener is set. */
const openLwm2m = async (
  ...[config, ...rest]: Parameters<typeof openLwm2mDevices>
): Promise<Lwm2m | undefined> => {
  if (Object.keys(config.lwm2m.listeners).length === 0) return undefined;
  const adapter = await import('./lwm2m.ts');
  return adapter.openLwm2mDevices(config, ...rest);
};

/** Nothing of it is loaded where nobody has said where traces go. */
const openTracing = async ({ traces }: Config, logger: FastifyBaseLogger): Promise<Tracing | undefined> => {
  if (traces.url === undefined) return undefined;
  const { createTracing } = await import('./tracing.ts');
  return createTracing(traces.url, logger);
};

/** The same adapters, which are timed, traced where that is asked for, and tell of the events that they leave. */
const watched = (
  opened: Context,
  { meters, tracing }: { readonly meters: Meters; readonly tracing: Tracing | undefined },
  tell: (account: AccountKey | null) => void,
): Context => {
  const store = meteredStore(opened.store, meters);
  return {
    ...opened,
    store: tellingOfEvents(tracing?.store(store) ?? store, tell),
    blobs: meteredBlobs(opened.blobs, meters),
    push: tracing?.push(opened.push) ?? opened.push,
  };
};

/** How often connections are let go of whose last answer went out while we were stopping: clients would keep them. */
const LET_GO_EVERY = 50;

const stop = async ({
  http,
  background,
  context,
  config,
  seen,
  deliverer,
  tracing,
  lwm2m,
}: Running): Promise<void> => {
  const over = Promise.withResolvers<void>();
  const patience = setTimeout(() => {
    http.server.closeAllConnections();
    over.resolve();
  }, config.http.shutdownTimeout);
  const lettingGo = setInterval(() => http.server.closeIdleConnections(), LET_GO_EVERY);
  try {
    await http.close();
  } finally {
    clearInterval(lettingGo);
    await lwm2m?.stop();
    await background.stop();
    // The others go on with it at once; where the store does not answer, they do once the leases are over.
    await context.turns.end().catch(() => undefined);
    await Promise.race([deliverer.idle(), over.promise]);
    clearTimeout(patience);
    deliverer.abandon();
    try {
      await seen.flush();
    } finally {
      await context.dispose();
      await tracing?.stop();
    }
  }
};
