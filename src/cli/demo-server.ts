import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';
import { serverArgs } from './server-args.ts';

const HOST = '127.0.0.1';
const PATIENCE = 30_000;
/** A server that does not end by itself is ended. */
const FAREWELL = 12_000;

/** A server in a process of its own, which ends with it. */
export type DemoServer = {
  readonly url: string;
  readonly pid: number;
  readonly lwm2m: { readonly host: string; readonly port: number };
  /** Resolves when it ends, by itself or since it was told to. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};

const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
};

type How = { readonly directory: string; readonly password: string; readonly port: number | undefined };

/** The address in the line by which the server says that it is ready; it ends without one. */
const readiness = async (child: ChildProcess, log: string): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const file = createWriteStream(log, { flags: 'a' });
  if (child.stdout === null) throw new Error('its output is not read');
  // Its lines are read to the end: a pipe that nobody reads would stop it.
  createInterface({ input: child.stdout }).on('line', (line) => {
    file.write(`${line}\n`);
    const told: { readonly msg?: string; readonly url?: string } = line.startsWith('{')
      ? JSON.parse(line)
      : {};
    if (told.msg === 'ready' && told.url !== undefined) resolve(told.url);
  });
  const failed = once(child, 'exit').then((): never => {
    throw new CliError('the server ended before it was ready', { next: `less ${log}` });
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new CliError('the server is not ready', { next: `less ${log}` })),
      PATIENCE,
    ).unref();
  });
  return Promise.race([promise, failed, late]);
};

/** Starts a server on loopback, with LwM2M over plain UDP; at port 8080 or any free one unless a port is given. */
export const startDemoServer = async (
  io: Pick<Io, 'env'>,
  { directory, password, port }: How,
): Promise<DemoServer> => {
  const lwm2m = { host: HOST, port: await freeUdpPort() };
  const http = port ?? ((await isFree(8080)) ? 8080 : 0);
  const child = spawn(process.execPath, serverArgs, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...plainEnv(io),
      ...{ MUSTER_HOST: HOST, MUSTER_PORT: `${http}`, MUSTER_DATA: join(directory, 'server') },
      ...{ MUSTER_ADMIN_PASSWORD: password, MUSTER_RATE_LIMIT: '0', MUSTER_COMMAND_LEASE: '30s' },
      ...{
        MUSTER_LWM2M_COAP: `${HOST}:${lwm2m.port}`,
        MUSTER_LWM2M_PUBLIC_HOST: HOST,
        MUSTER_LWM2M_POLL: '2s',
      },
    },
  });
  const kill = (): void => void child.kill('SIGKILL');
  // Whatever ends this process ends that one.
  process.once('exit', kill);
  const ended = once(child, 'exit').then(() => void process.off('exit', kill));
  const stop = async (): Promise<void> => {
    const late = setTimeout(kill, FAREWELL);
    child.kill('SIGTERM');
    await ended.finally(() => clearTimeout(late));
  };
  try {
    return {
      url: await readiness(child, join(directory, 'server.log')),
      pid: child.pid ?? 0,
      lwm2m,
      ended,
      stop,
    };
  } catch (error) {
    kill();
    throw error;
  }
};

/** Settings of another server are not those of this one. */
const plainEnv = ({ env }: Pick<Io, 'env'>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(env.forServer).filter(([name]) => !name.startsWith('MUSTER_')));
