import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { firstStart } from '../app/first-start.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { createHttp } from './http.ts';

export type Server = {
  readonly http: FastifyInstance;
  readonly context: Context;
  /** Where it listens. */
  readonly url: string;
  /** The administrator's password, when this start made one up. */
  readonly password: string | undefined;
  /** Lets requests in flight finish, for at most the configured time, then lets go of everything. */
  readonly stop: () => Promise<void>;
};

/** Starts the whole server; what is listening is ready to serve. */
export const startServer = async (
  config: Config,
  logger: FastifyBaseLogger,
  overrides: Partial<Context> = {},
): Promise<Server> => {
  const context = await createContext(config, overrides);
  try {
    const password = await firstStart(context, config.admin);
    const http = await createHttp(config, context, logger);
    const url = await http.listen({ host: config.http.host, port: config.http.port });
    return { http, context, url, password, stop: () => stop(http, context, config) };
  } catch (error) {
    await context.dispose();
    throw error;
  }
};

const stop = async (http: FastifyInstance, context: Context, config: Config): Promise<void> => {
  const patience = setTimeout(() => http.server.closeAllConnections(), config.http.shutdownTimeout);
  try {
    await http.close();
  } finally {
    clearTimeout(patience);
    await context.dispose();
  }
};
