import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Linux gives clients those from 32,768 on: there, whoever comes back to its port may find a connection in its place. */
const [LOWEST, HIGHEST] = [10_000, 32_000];

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const takesDatagrams = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });

/** A port of this machine that nobody has, as datagrams and as connections go. */
export const freePort = async (): Promise<number> => {
  const port = randomInt(LOWEST, HIGHEST);
  return (await takesConnections(port)) && (await takesDatagrams(port)) ? port : freePort();
};
