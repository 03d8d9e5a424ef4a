import { randomBytes } from 'node:crypto';
import { createCoapServer } from '../../src/devices/lwm2m/coap/coap-server.ts';
import type { CoapHandlers, CoapServer } from '../../src/devices/lwm2m/coap/peer.ts';
import { createDtls } from '../../src/devices/lwm2m/secure/dtls.ts';
import { createCoapStreamServer } from '../../src/devices/lwm2m/stream/coap-stream-server.ts';
import { createTcpDoor } from '../../src/devices/lwm2m/stream/door.ts';
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from '../../src/devices/lwm2m/stream/limits.ts';
import { createTlsDoor } from '../../src/devices/lwm2m/stream/tls-door.ts';
import type { SecureDatagram } from '../../src/devices/lwm2m/transport.ts';
import { createUdp } from '../../src/devices/lwm2m/udp.ts';
import { deviceKeys } from './dtls-house.ts';

/** What every listener of the tests gets: real time, real randomness, the keys of `deviceKeys`. */
export const outside = {
  findKey: async (identity: string): Promise<Uint8Array | undefined> => deviceKeys.get(identity),
  clock: Date.now,
  later: (run: () => void, ms: number): (() => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: (count: number): Uint8Array => new Uint8Array(randomBytes(count)),
  trouble: (error: unknown): void => {
    throw error;
  },
};

/** DTLS over a socket of this machine, on a free port. */
export const realDtls = (below: SecureDatagram = createUdp('127.0.0.1', 0)): SecureDatagram =>
  createDtls({ ...outside, below });

/** CoAP over DTLS, TLS or TCP on a free port. */
export const coapOverDtls = (): CoapServer => createCoapServer({ ...outside, transport: realDtls() });
export const coapOverTls = (
  limits: Partial<StreamLimits> = {},
  findKey: typeof outside.findKey = outside.findKey,
): CoapServer => {
  const all = { ...DEFAULT_STREAM_LIMITS, ...limits };
  const deps = { ...outside, findKey, limits: all };
  const door = createTlsDoor({ ...deps, address: '127.0.0.1', port: 0 });
  return createCoapStreamServer({ ...deps, door });
};
export const coapOverTcp = (limits: Partial<StreamLimits> = {}): CoapServer => {
  const all = { ...DEFAULT_STREAM_LIMITS, ...limits };
  return createCoapStreamServer({ ...outside, limits: all, door: createTcpDoor('127.0.0.1', 0, all) });
};

/** Handlers that answer every request with who asked for what, and note what they are told. */
export const echoing = () => {
  const requests: string[] = [];
  const gone: string[] = [];
  const handlers: CoapHandlers = {
    request: async (peer, { method, path, payload }) => {
      const line = `${peer.association.identity} ${method} /${path.join('/')} ${payload.length}`;
      requests.push(line);
      return { code: '2.05', payload: Buffer.from(line) };
    },
    knows: () => false,
    notified: () => undefined,
    gone: ({ association }) => gone.push(association.key),
  };
  return { handlers, requests, gone };
};
