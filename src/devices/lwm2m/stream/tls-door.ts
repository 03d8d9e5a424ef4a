import { constants } from 'node:crypto';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../../../app/ports.ts';
import { hmac } from '../secure/prf.ts';
import { createRateLimit, prefixOf } from '../secure/rate.ts';
import { closeDoor, openDoor, peerOf, type StreamDoor, type Visitor } from './door.ts';
import { createGate } from './gate.ts';
import type { StreamLimits } from './limits.ts';

/** What CoAP over TLS needs from outside. */
export type TlsDoorDeps = {
  readonly address: string;
  readonly port: number;
  /** The valid key under an identity. When it rejects, the device is told nothing and tries again. */
  readonly findKey: (identity: string) => Promise<Uint8Array | undefined>;
  readonly clock: Clock;
  /** So many bytes from a good source of randomness. */
  readonly random: (bytes: number) => Uint8Array;
  /** Is told why a key could not be looked up. */
  readonly trouble: (error: unknown) => void;
  readonly limits: Pick<StreamLimits, 'connections' | 'unproven' | 'handshake' | 'rate'>;
};

/** Somebody who named an identity and whose key was looked up. */
type Guest = {
  readonly identity: string;
  readonly key: Uint8Array | undefined;
  readonly from: Pick<Visitor, 'address' | 'port'>;
  /** Its handshake is done. */
  readonly proved: () => void;
};

/** The suites that DTLS speaks here too; OpenSSL counts a tag of 8 bytes as its lowest level. */
const CIPHERS = 'PSK-AES128-CCM8:PSK-AES128-CCM:PSK-AES128-GCM-SHA256@SECLEVEL=0';

/**
 * TLS 1.2 with pre-shared keys by Node's own `tls`. That asks for a key without waiting for it, so each connection goes
 * through a gate which looks the key up beforehand. Only what OpenSSL itself verified counts as an identity; nothing is
 * ever resumed, since a session would outlive its key.
 */
export const createTlsDoor = (deps: TlsDoorDeps): StreamDoor => {
  const { limits } = deps;
  const secret = deps.random(32);
  const rate = createRateLimit(limits.rate, deps.clock, deps.random(16));
  const guests = createGuestBook();
  const known = new WeakMap<TLSSocket, Guest>();
  const unproven = new Set<Socket>();
  let outer: Server | undefined;

  /** The key at hand; for an unknown identity one that nobody has, so that it fails as a wrong key does. */
  const keyFor = (socket: TLSSocket, identity: string): Uint8Array => {
    const guest = guests.take(identity);
    if (guest?.key === undefined) return hmac(secret, Buffer.from(identity)).subarray(0, 16);
    known.set(socket, guest);
    return guest.key;
  };
  const tls = createTlsServer({
    ciphers: CIPHERS,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // RFC 8323 8.2.
    ALPNProtocols: ['coap'],
    handshakeTimeout: limits.handshake,
    pskCallback: keyFor,
  });

  const admit = (socket: Socket): void => {
    const from = peerOf(socket);
    if (unproven.size >= limits.unproven || !rate.take(prefixOf(from.address))) {
      socket.destroy();
      return;
    }
    unproven.add(socket);
    socket.once('close', () => unproven.delete(socket));
    const gate = createGate(socket, async (identity) => {
      if (identity === undefined) return;
      const key = await keyOf(deps, identity);
      const proved = (): boolean => unproven.delete(socket);
      const leave = guests.enter({ identity, key, from, proved });
      gate.once('close', leave);
      if (gate.destroyed) leave();
    });
    // Its errors are those of the connection, and `tls` tells of them.
    gate.on('error', () => undefined);
    tls.emit('connection', gate);
  };

  return {
    listen: (visited) => {
      tls.on('tlsClientError', (_error, socket) => socket.destroy());
      tls.on('secureConnection', (socket) => {
        const guest = known.get(socket);
        // Nobody gets here without a key; if somebody does, it is not let in.
        if (!guest) {
          socket.destroy();
          return;
        }
        known.delete(socket);
        guest.proved();
        visited(socket, { ...guest.from, identity: guest.identity });
      });
      outer = createTcpServer({ noDelay: true }, admit);
      return openDoor(outer, deps.address, deps.port, limits);
    },
    close: async () => {
      for (const socket of unproven) socket.destroy();
      await closeDoor(outer);
    },
  };
};

const LONGEST_KEY = 64;

const keyOf = async (
  { findKey, trouble }: Pick<TlsDoorDeps, 'findKey' | 'trouble'>,
  identity: string,
): Promise<Uint8Array | undefined> => {
  try {
    const key = await findKey(identity);
    return key && key.length > 0 && key.length <= LONGEST_KEY ? key : undefined;
  } catch (error) {
    trouble(error);
    throw error;
  }
};

/** Guests by their identity, from when their key was looked up until `tls` asks for it, which is at once. */
const createGuestBook = () => {
  const guests = new Map<string, readonly Guest[]>();
  const leave = (guest: Guest): void => {
    const others = (guests.get(guest.identity) ?? []).filter((one) => one !== guest);
    if (others.length > 0) guests.set(guest.identity, others);
    else guests.delete(guest.identity);
  };
  return {
    enter: (guest: Guest): (() => void) => {
      guests.set(guest.identity, [...(guests.get(guest.identity) ?? []), guest]);
      return () => leave(guest);
    },
    take: (identity: string): Guest | undefined => {
      const [first] = guests.get(identity) ?? [];
      if (first) leave(first);
      return first;
    },
  };
};
