import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '../../src/client/muster.ts';
import { type Running, startProcess } from '../bench/process.ts';

const main = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url));
const password = 'correct horse battery';

/** A server in a process of its own, for fleets that are simulated in this one. */
export type FleetServer = {
  readonly server: Running;
  readonly directory: string;
  readonly client: Client;
  readonly token: string;
  readonly lwm2m: { readonly host: string; readonly port: number };
  readonly stop: () => Promise<void>;
};

const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
};

/** Starts a server whose patience with devices fits a world in which time goes fast, with more settings if need be. */
export const startFleetServer = async (more: Readonly<Record<string, string>> = {}): Promise<FleetServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-fleet-'));
  const lwm2m = { host: '127.0.0.1', port: await freeUdpPort() };
  const { PATH } = process.env;
  const server = await startProcess({
    args: [main],
    env: {
      ...(PATH !== undefined && { PATH }),
      ...{ MUSTER_PORT: '0', MUSTER_DATA: join(directory, 'data'), MUSTER_ADMIN_PASSWORD: password },
      ...{ MUSTER_RATE_LIMIT: '0', MUSTER_COMMAND_LEASE: '3s', MUSTER_LWM2M_POLL: '1s' },
      ...{ MUSTER_LWM2M_COAP: `127.0.0.1:${lwm2m.port}`, MUSTER_LWM2M_PUBLIC_HOST: '127.0.0.1' },
      MUSTER_LWM2M_INSTALL_TIMEOUT: '5s',
      ...more,
    },
  });
  const { url } = server;
  const { token } = await createClient({ url }).signIn({ body: { email: 'admin@localhost', password } });
  return {
    ...{ server, directory, lwm2m, token, client: createClient({ url, token }) },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
