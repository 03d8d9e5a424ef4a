import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { StreamLimits } from './limits.ts';

/** Who is at the other end of a connection; `identity` is what TLS proved. */
export type Visitor = {
  readonly address: string;
  readonly port: number;
  readonly identity: string | undefined;
};

/** Where connections come from. */
export interface StreamDoor {
  /** Tells of each connection once it is ready for messages. */
  listen(
    visited: (stream: Duplex, visitor: Visitor) => void,
  ): Promise<{ readonly address: string; readonly port: number }>;
  /** Accepts no more, and ends those that were not told of. */
  close(): Promise<void>;
}

/** Plain TCP: nothing is proven. Port 0 takes a free one; `listen` rejects where the address cannot be had. */
export const createTcpDoor = (
  address: string,
  port: number,
  limits: Pick<StreamLimits, 'connections'>,
): StreamDoor => {
  let server: Server | undefined;
  return {
    listen: (visited) => {
      server = createServer((socket) => visited(socket, { ...peerOf(socket), identity: undefined }));
      return openDoor(server, address, port, limits);
    },
    close: async () => closeDoor(server),
  };
};

/** The address of the other end, empty once it is gone. */
export const peerOf = ({
  remoteAddress = '',
  remotePort = 0,
}: Socket): Pick<Visitor, 'address' | 'port'> => ({
  address: remoteAddress,
  port: remotePort,
});

/** Opens a server of TCP with its bound of connections. */
export const openDoor = (
  server: Server,
  address: string,
  port: number,
  { connections }: Pick<StreamLimits, 'connections'>,
): Promise<{ readonly address: string; readonly port: number }> => {
  server.maxConnections = connections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Of its own, also in a worker of several.
    server.listen({ port, host: address, exclusive: true }, () => {
      server.off('error', reject);
      // From here on an error is that of one connection that could not be accepted.
      server.on('error', () => undefined);
      const at = server.address();
      resolve(typeof at === 'object' && at ? { address: at.address, port: at.port } : { address, port });
    });
  });
};

/** Accepts no more; connections that are open are for others to end. */
export const closeDoor = async (server: Server | undefined): Promise<void> => {
  if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
};
