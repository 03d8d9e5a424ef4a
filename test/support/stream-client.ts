import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** One message of RFC 8323, as a test reads it. */
export type StreamMessage = { readonly code: string; readonly token: string; readonly rest: Buffer };

/** A device's end of CoAP over TCP or TLS that sends bytes as it is told, and reads messages with code of its own. */
export type StreamClient = {
  readonly send: (hex: string) => void;
  /** The next message that came; rejects when the connection ends before. */
  readonly next: () => Promise<StreamMessage>;
  readonly ended: Promise<unknown>;
  readonly socket: Socket | TLSSocket;
  readonly close: () => Promise<void>;
};

/** Connects over TCP, or over TLS where there is a key. */
export const connectStream = async (
  port: number,
  psk?: { readonly identity: string; readonly key: Uint8Array; readonly ciphers?: string },
): Promise<StreamClient> => {
  const socket = psk ? tls(port, psk) : connectTcp(port, '127.0.0.1');
  const ended = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, psk ? 'secureConnect' : 'connect');
  let kept: Buffer = Buffer.alloc(0);
  const ready: StreamMessage[] = [];
  const waiting: { resolve: (message: StreamMessage) => void; reject: (error: Error) => void }[] = [];
  let isOver = false;
  socket.on('data', (bytes: Buffer) => {
    kept = Buffer.concat([kept, bytes]);
    for (let taken = takeMessage(kept); taken; taken = takeMessage(kept)) {
      kept = kept.subarray(taken.length);
      const waiter = waiting.shift();
      if (waiter) waiter.resolve(taken.message);
      else ready.push(taken.message);
    }
  });
  socket.on('error', () => undefined);
  void ended.then(() => {
    isOver = true;
    for (const waiter of waiting.splice(0)) waiter.reject(new Error('the connection ended'));
  });
  return {
    send: (hex) => socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    next: async () => {
      const message = ready.shift();
      if (message) return message;
      if (isOver) throw new Error('the connection ended');
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    ended,
    socket,
    close: async () => {
      socket.destroy();
      await ended;
    },
  };
};

const tls = (port: number, psk: { identity: string; key: Uint8Array; ciphers?: string }): TLSSocket =>
  connectTls({
    port,
    host: '127.0.0.1',
    ciphers: `${psk.ciphers ?? 'PSK-AES128-CCM8'}@SECLEVEL=0`,
    maxVersion: 'TLSv1.2',
    ALPNProtocols: ['coap'],
    pskCallback: () => ({ identity: psk.identity, psk: psk.key }),
    // There are no certificates with a PSK.
    checkServerIdentity: () => undefined,
  });

const takeMessage = (bytes: Buffer): { message: StreamMessage; length: number } | undefined => {
  const [first] = bytes;
  if (first === undefined) return undefined;
  const nibble = first >> 4;
  const token = first & 15;
  const extra = nibble < 13 ? 0 : nibble === 13 ? 1 : nibble === 14 ? 2 : 4;
  if (bytes.length < 1 + extra) return undefined;
  const base = nibble === 13 ? 13 : nibble === 14 ? 269 : nibble === 15 ? 65_805 : nibble;
  const body = base + (extra === 0 ? 0 : bytes.readUIntBE(1, extra));
  const start = 1 + extra + 1;
  const length = start + token + body;
  if (bytes.length < length) return undefined;
  const code = bytes[start - 1] ?? 0;
  return {
    length,
    message: {
      code: `${code >> 5}.${`${code & 31}`.padStart(2, '0')}`,
      token: bytes.subarray(start, start + token).toString('hex'),
      rest: bytes.subarray(start + token, length),
    },
  };
};
