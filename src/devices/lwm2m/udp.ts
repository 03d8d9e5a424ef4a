import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Association, SecureDatagram } from './transport.ts';

const BUFFER = 8 * 1024 * 1024;

const keyOf = ({ address, port }: RemoteInfo): string => `${address} ${port}`;

const associationOf = (from: RemoteInfo): Association => ({
  key: keyOf(from),
  address: from.address,
  port: from.port,
  identity: undefined,
});

/**
 * Plain UDP: an association is an address with a port, nothing is proven, and none is ever gone. Port 0 takes a free one.
 * `listen` rejects where the address cannot be had.
 */
export const createUdp = (address: string, port: number): SecureDatagram => {
  let socket: Socket | undefined;
  return {
    scheme: 'coap',
    listen: async (events) => {
      const opened = createSocket({
        type: isIPv6(address) ? 'udp6' : 'udp4',
        // Every address came from a datagram: there is no name to look up.
        lookup: (name, _options, done) => done(null, name, isIPv6(name) ? 6 : 4),
      });
      opened.on('message', (bytes, from) => events.message(associationOf(from), bytes));
      // Rejects where an error comes instead; asked for first, since it may come before `bind` returns.
      const listening = once(opened, 'listening');
      // Of its own, also in a worker of several.
      opened.bind({ port, address, exclusive: true });
      await listening;
      // From here on an error is that of one datagram that could not leave: it is as good as lost.
      opened.on('error', () => undefined);
      socket = opened;
      widen(opened);
      const bound = opened.address();
      return { address: bound.address, port: bound.port };
    },
    send: ({ key }, datagram) => {
      const at = key.lastIndexOf(' ');
      socket?.send(datagram, Number(key.slice(at + 1)), key.slice(0, at), () => undefined);
    },
    close: async () => {
      const closing = socket;
      socket = undefined;
      if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
};

/** Larger buffers, so that a burst of a fleet is not lost; a system that allows less gives what it has. */
const widen = (socket: Socket): void => {
  try {
    socket.setRecvBufferSize(BUFFER);
    socket.setSendBufferSize(BUFFER);
  } catch {
    // The default ones do.
  }
};
