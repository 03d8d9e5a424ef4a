import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { runDueCampaigns } from '../app/campaign-end.ts';
import { firstStart } from '../app/first-start.ts';
import { runNextJob } from '../app/jobs.ts';
import { createLastSeen, type LastSeen } from '../app/last-seen.ts';
import { publishNext } from '../app/outbox.ts';
import { giveUpSilent } from '../app/silence.ts';
import { DAY, HOUR, SECOND } from '../domain/time.ts';
import { type Background, startBackground, type Task } from './background.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { createHttp } from './http.ts';

export type Server = {
  readonly http: FastifyInstance;
  readonly context: Context;
  /** Where it listens. */
  readonly url: string;
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
): Promise<Server> => {
  const context = await createContext(config, overrides);
  try {
    const password = await firstStart(context, config.admin);
    if (password !== undefined) tellPassword(password);
    return await serve(config, context, logger);
  } catch (error) {
    await context.dispose();
    throw error;
  }
};

const serve = async (config: Config, context: Context, logger: FastifyBaseLogger): Promise<Server> => {
  const seen = createLastSeen(context.store, context.clock);
  const background = startBackground(standingWork(context, seen), logger);
  try {
    const http = await createHttp(config, context, logger, background.wake, seen);
    const url = await http.listen({ host: config.http.host, port: config.http.port });
    return { http, context, url, stop: () => stop(http, background, context, config, seen) };
  } catch (error) {
    await background.stop();
    throw error;
  }
};

const stop = async (
  http: FastifyInstance,
  background: Background,
  context: Context,
  config: Config,
  seen: LastSeen,
): Promise<void> => {
  const patience = setTimeout(() => http.server.closeAllConnections(), config.http.shutdownTimeout);
  try {
    await http.close();
  } finally {
    clearTimeout(patience);
    await background.stop();
    try {
      await seen.flush();
    } finally {
      await context.dispose();
    }
  }
};

/** Everything that happens without being asked for. */
const standingWork = (context: Context, seen: LastSeen): readonly Task[] => [
  { name: 'jobs', every: 5 * SECOND, run: () => runNextJob(context) },
  { name: 'due campaigns', every: SECOND, run: async () => (await runDueCampaigns(context)) > 0 },
  { name: 'silent devices', every: 10 * SECOND, run: async () => (await giveUpSilent(context)) > 0 },
  {
    name: 'last seen',
    every: 5 * SECOND,
    run: async () => {
      await seen.flush();
      return false;
    },
  },
  // Nothing follows the events yet beyond the history; whoever does is handed them here.
  { name: 'outbox', every: SECOND, run: () => publishNext(context, undefined) },
  {
    name: 'expiry',
    every: HOUR,
    run: async () => {
      await context.store.expire(context.clock() - DAY);
      return false;
    },
  },
];
