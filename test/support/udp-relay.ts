import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export type UdpRelay = {
  readonly port: number;
  readonly lost: () => number;
  readonly close: () => Promise<void>;
};

/** A road between one client and a server on this machine that loses the datagrams of which `loses` says so. */
export const startUdpRelay = async (to: number, loses: () => boolean): Promise<UdpRelay> => {
  const near = createSocket('udp4').bind(0, '127.0.0.1');
  const far = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(near, 'listening'), once(far, 'listening')]);
  let client = 0;
  let lost = 0;
  const pass = (socket: Socket, bytes: Buffer, port: number): void => {
    if (loses()) lost += 1;
    else socket.send(bytes, port, '127.0.0.1');
  };
  near.on('message', (bytes, from) => {
    client = from.port;
    pass(far, bytes, to);
  });
  far.on('message', (bytes) => pass(near, bytes, client));
  const close = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
  return {
    port: near.address().port,
    lost: () => lost,
    close: async () => {
      await Promise.all([close(near), close(far)]);
    },
  };
};
