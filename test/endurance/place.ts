import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';

export const admin = { email: 'admin@localhost', password: 'correct horse battery' };

/** What a server leaves behind when it dies, and where those find it who come again: the next one takes both over. */
export type Place = {
  readonly directory: string;
  readonly url: string;
  readonly lwm2m: { readonly host: string; readonly port: number };
  readonly databaseUrl: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
  /** Where the database server has gone already. */
  readonly removeDirectory: () => Promise<void>;
};

const HOST = '127.0.0.1';

const environment = (
  directory: string,
  port: number,
  lwm2mPort: number,
  databaseUrl: string | undefined,
): Readonly<Record<string, string>> => {
  const { PATH } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...{ MUSTER_PORT: `${port}`, MUSTER_DATA: join(directory, 'data') },
    ...(databaseUrl !== undefined && { MUSTER_DATABASE_URL: databaseUrl }),
    ...{ MUSTER_ADMIN_PASSWORD: admin.password, MUSTER_PUSH_ALLOW: '127.0.0.0/8' },
    ...{ MUSTER_RATE_LIMIT: '0', MUSTER_LOGIN_RATE_LIMIT: '0', MUSTER_COMMAND_LEASE: '3s' },
    ...{ MUSTER_LWM2M_COAP: `${HOST}:${lwm2mPort}`, MUSTER_LWM2M_PUBLIC_HOST: HOST },
    ...{ MUSTER_LWM2M_POLL: '1s', MUSTER_LWM2M_INSTALL_TIMEOUT: '5s' },
  };
};

const reachedBy = (url: string, port: number | undefined): string => {
  const reached = new URL(url);
  if (port !== undefined) reached.port = `${port}`;
  return reached.href;
};

/**
 * An empty place; in a new database of the PostgreSQL server at `postgres` where there is one. The server reaches that by
 * another port where one is given.
 */
export const newPlace = async (postgres?: string, by?: number): Promise<Place> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-endurance-'));
  const database = postgres === undefined ? undefined : await createTestDatabase(postgres);
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  const [port, lwm2mPort] = [await freePort(), await freePort()];
  return {
    directory,
    url: `http://${HOST}:${port}`,
    lwm2m: { host: HOST, port: lwm2mPort },
    databaseUrl: database?.url,
    env: environment(directory, port, lwm2mPort, database && reachedBy(database.url, by)),
    removeDirectory,
    remove: async () => {
      await database?.drop();
      await removeDirectory();
    },
  };
};
