import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createDtlsClient } from './dtls-client.ts';
import { connectStream, type StreamMessage } from './stream-client.ts';

/** A port on this machine behind which a listener with security is: a device that speaks plain CoAP over UDP uses it. */
export type Tunnel = { readonly port: number; readonly close: () => Promise<void> };

export type TunnelKey = { readonly identity: string; readonly key: Uint8Array };

const HOST = '127.0.0.1';

const open = async (): Promise<Socket> => {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
};

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));

/** One DTLS association with a server; resolves once its handshake is done. */
export const openDtlsTunnel = async (server: number, { identity, key }: TunnelKey): Promise<Tunnel> => {
  const [near, far] = [await open(), await open()];
  let device: RemoteInfo | undefined;
  let passed = 0;
  const client = createDtlsClient({
    send: (datagram) => far.send(datagram, server, HOST),
    ...{ identity, key, cid: Uint8Array.of(1, 2, 3) },
  });
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  far.on('message', (datagram) => {
    client.hear(datagram);
    if (client.isConnected()) resolve();
    for (const message of client.received.slice(passed)) {
      passed += 1;
      if (device !== undefined) near.send(message, device.port, device.address);
    }
  });
  near.on('message', (message, from) => {
    device = from;
    far.send(client.seal(message), server, HOST);
  });
  client.start();
  await connected;
  return {
    port: near.address().port,
    close: async () => {
      await Promise.all([closed(near), closed(far)]);
    },
  };
};

const [CON, NON, ACK] = [0, 1, 2];
const FIRST_RESPONSE = 0x40;

/** RFC 7252 3. */
const datagramOf = (type: number, code: number, id: number, token: Buffer, rest: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0x40 | (type << 4) | token.length, code, id >> 8, id & 255), token, rest]);

/** RFC 8323 3.2. */
const frameOf = (code: number, token: Buffer, rest: Buffer): Buffer => {
  const { length } = rest;
  const head = (nibble: number, extra: Buffer): Buffer =>
    Buffer.concat([Buffer.of((nibble << 4) | token.length), extra, Buffer.of(code), token, rest]);
  if (length < 13) return head(length, Buffer.alloc(0));
  if (length < 269) return head(13, Buffer.of(length - 13));
  const extra = Buffer.alloc(2);
  extra.writeUInt16BE(length - 269);
  return head(14, extra);
};

const codeOf = ({ code }: StreamMessage): number => {
  const [kind = 0, detail = 0] = code.split('.').map(Number);
  return (kind << 5) | detail;
};

/** One connection of CoAP over TLS with a server, whose messages become those of CoAP over UDP and back. */
export const openTlsTunnel = async (server: number, key: TunnelKey): Promise<Tunnel> => {
  const near = await open();
  const stream = await connectStream(server, key);
  stream.send('00e1');
  /** Message ids of requests of the device, by token. */
  const waiting = new Map<string, number>();
  let device: RemoteInfo | undefined;
  let nextId = 1;

  const toDevice = (datagram: Buffer): void => {
    if (device !== undefined) near.send(datagram, device.port, device.address);
  };
  const forward = (message: StreamMessage): void => {
    const [code, token] = [codeOf(message), Buffer.from(message.token, 'hex')];
    // Signals concern the connection alone.
    if (message.code.startsWith('7.')) return;
    const asked = code >= FIRST_RESPONSE ? waiting.get(message.token) : undefined;
    waiting.delete(message.token);
    nextId = (nextId + 1) & 0xffff;
    toDevice(datagramOf(asked === undefined ? CON : ACK, code, asked ?? nextId, token, message.rest));
  };
  const pump = async (): Promise<void> => {
    for (;;) forward(await stream.next());
  };
  near.on('message', (bytes, from) => {
    device = from;
    const [first = 0, code = 0] = bytes;
    const [type, length, id] = [(first >> 4) & 3, first & 15, bytes.readUInt16BE(2)];
    if (code === 0) return;
    const token = bytes.subarray(4, 4 + length);
    if (code < FIRST_RESPONSE && type !== NON) waiting.set(token.toString('hex'), id);
    else if (type === CON) toDevice(datagramOf(ACK, 0, id, Buffer.alloc(0), Buffer.alloc(0)));
    stream.socket.write(frameOf(code, token, bytes.subarray(4 + length)));
  });
  // It ends with the connection.
  pump().catch(() => undefined);
  return {
    port: near.address().port,
    close: async () => {
      await stream.close();
      await closed(near);
    },
  };
};
