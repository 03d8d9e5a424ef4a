import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { musterWebhook } from '../api/muster/webhook.ts';
import { renderPulse } from '../api/pulse/callbacks.ts';
import { renderThingSpace } from '../api/thingspace/callbacks.ts';
import { createSchedule } from '../app/campaign-end.ts';
import { createDeliverer, type Deliverer } from '../app/deliver.ts';
import { runDueUpdates } from '../app/due-updates.ts';
import { createEventSweep } from '../app/event-retention.ts';
import { handOnNext, type Renderers } from '../app/fan-out.ts';
import { firstStart } from '../app/first-start.ts';
import { createFleetNotes } from '../app/fleet-history.ts';
import { runNextJob } from '../app/jobs.ts';
import { createLastSeen, type LastSeen } from '../app/last-seen.ts';
import { withdrawExcessLicences } from '../app/licence-candidates.ts';
import { sweepBytes } from '../app/package-sweep.ts';
import { createSilenceWatch } from '../app/silence.ts';
import { createRolloutSweep } from '../app/stop-rules.ts';
import { UPLOAD_PATIENCE } from '../app/uploads.ts';
import type { Lwm2m } from '../devices/lwm2m/open.ts';
import { smsSender, udpSender } from '../devices/oma-dm/trigger-senders.ts';
import { createTriggerSweep } from '../devices/oma-dm/trigger-sweep.ts';
import type { AccountKey } from '../domain/ids.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../domain/time.ts';
import { type Background, startBackground, type Task } from './background.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { type Fellows, noFellows } from './fellows.ts';
import { createHttp } from './http.ts';
import type { openLwm2mDevices } from './lwm2m.ts';
import { meteredBlobs, meteredStore } from './metered.ts';
import { createMeters, type Meters } from './meters.ts';
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
 * when this start made one up: at once, since no later start will know it.
 */
export const startServer = async (
  config: Config,
  logger: FastifyBaseLogger,
  tellPassword: (password: string) => void,
  overrides: Partial<Context> = {},
  fellows: Fellows = noFellows,
): Promise<Server> => {
  const context = await createContext(config, overrides);
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
  try {
    await http.close();
  } finally {
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

/** Everything that happens without being asked for. */
export const standingWork = (context: Context, seen: LastSeen): readonly Task[] => {
  const { store, clock, turns } = context;
  const isMine = (name: string, every: number) => () => turns.mine(name, every);
  return [
    { name: 'jobs', every: 5 * SECOND, run: (isStopping) => runNextJob({ ...context, isStopping }) },
    {
      name: 'due campaigns',
      every: SECOND,
      run: createSchedule(context, isMine('due campaigns', SECOND)),
    },
    {
      name: 'silent devices',
      every: 10 * SECOND,
      run: createSilenceWatch(context, isMine('silent devices', 10 * SECOND)),
    },
    {
      name: 'last seen',
      every: 5 * SECOND,
      run: async () => {
        await seen.flush();
        return false;
      },
    },
    ...inTurns(context, [
      { name: 'due updates', every: SECOND, run: async () => (await runDueUpdates(context)) > 0 },
      { name: 'rollouts', every: 5 * SECOND, run: createRolloutSweep(context) },
      {
        name: 'excess licences',
        every: MINUTE,
        run: async () => (await withdrawExcessLicences(context)) > 0,
      },
      { name: 'fleet history', every: 5 * MINUTE, run: createFleetNotes(context) },
      {
        name: 'stray bytes',
        every: HOUR,
        run: async () => {
          await store.uploads.expire(clock() - UPLOAD_PATIENCE);
          await sweepBytes(context);
          return false;
        },
      },
      {
        name: 'expiry',
        every: HOUR,
        run: async () => {
          await store.expire(clock() - DAY, clock() - HOUR);
          return false;
        },
      },
    ]),
  ];
};

/** Work that one of the processes over a store does for all. */
const inTurns = ({ turns }: Context, tasks: readonly Task[]): readonly Task[] =>
  tasks.map(({ name, every, run }) => ({
    ...{ name, every },
    run: async (isStopping) => (await turns.mine(name, every)) && run(isStopping),
  }));

/** Devices of OMA-DM are asked to begin sessions where something was set by which they can be reached. */
const triggersOut = ({ omaDm }: Config, context: Context, logger: FastifyBaseLogger): readonly Task[] => {
  const senders = [
    ...(omaDm.udpNetworks.length === 0 ? [] : [udpSender(omaDm.udpNetworks)]),
    ...(omaDm.sms === undefined ? [] : [smsSender(context.push, omaDm.sms)]),
  ];
  const warn = (what: object, message: string): void => logger.warn(what, message);
  if (senders.length === 0) return [];
  return inTurns(context, [
    { name: 'triggers', every: 5 * SECOND, run: createTriggerSweep({ ...context, senders, warn }) },
  ]);
};

/** The form in which each wire's subscribers are told. */
const renderers: Renderers = { muster: musterWebhook, pulse: renderPulse, thingspace: renderThingSpace };

/** From the outbox to whoever subscribed. */
export const eventsOut = (
  config: Config,
  context: Context,
  deliverer: Deliverer,
  logger: FastifyBaseLogger,
  wake: (name: 'deliveries') => void,
): readonly Task[] => {
  const report: Parameters<typeof handOnNext>[0]['report'] = (err, { event, subscription }) =>
    logger.error({ err, seq: event.seq, subscription: subscription.id }, 'an event could not be told');
  return [
    {
      name: 'outbox',
      every: SECOND,
      run: async () => {
        const more = await handOnNext({ ...context, report }, renderers);
        if (more) wake('deliveries');
        return more;
      },
    },
    { name: 'deliveries', every: SECOND, run: deliverer.next },
    ...inTurns(context, [
      { name: 'old events', every: HOUR, run: createEventSweep(context, config.events.retention) },
      {
        name: 'old deliveries',
        every: HOUR,
        run: async () => {
          await context.store.deliveries.expire(context.clock() - config.push.retention);
          return false;
        },
      },
    ]),
  ];
};
