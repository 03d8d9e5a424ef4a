import { createCoapServer } from '../../src/devices/lwm2m/coap/coap-server.ts';
import {
  type Datagram,
  decodeDatagram,
  emptyDatagram,
  encodeDatagram,
  type MessageType,
} from '../../src/devices/lwm2m/coap/codec.ts';
import type { CoapLimits } from '../../src/devices/lwm2m/coap/limits.ts';
import { codeByte, codeText, type Option, option } from '../../src/devices/lwm2m/coap/message.ts';
import type { CoapHandlers, CoapPeer, CoapRequest } from '../../src/devices/lwm2m/coap/peer.ts';
import type { DatagramEvents, SecureDatagram } from '../../src/devices/lwm2m/transport.ts';
import { fakeScheduler, type Scheduler } from './scheduler.ts';

type Text = `${number}.${number}`;

/** A datagram as a test writes it. */
export type Written = {
  readonly type: MessageType;
  readonly id: number;
  readonly code?: Text;
  /** A character for each byte. */
  readonly token?: string;
  readonly path?: readonly string[];
  readonly options?: readonly Option[];
  readonly payload?: string | Uint8Array;
};

export const written = ({ type, id, code, token = '', path = [], options = [], payload = '' }: Written) =>
  code === undefined && (type === 'ack' || type === 'rst')
    ? emptyDatagram(type, id)
    : encodeDatagram(type, id, {
        code: codeByte(code ?? '0.00'),
        token: Buffer.from(token, 'latin1'),
        options: [
          ...path.map((text) => ({ number: option.uriPath, value: Buffer.from(text) })),
          ...options,
        ].toSorted((one, other) => one.number - other.number),
        payload: Buffer.from(payload),
      });

/** A datagram that was sent, taken apart. */
export type Sent = {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly type: MessageType;
  readonly id: number;
  /** `0.00` where it is empty. */
  readonly code: Text;
  readonly token: string;
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
};

const takenApart = (key: string, bytes: Uint8Array): Sent => {
  const decoded = decodeDatagram(bytes);
  if (!decoded.ok) throw new Error(`malformed: ${Buffer.from(bytes).toString('hex')}`);
  const { type, id, message }: Datagram = decoded.datagram;
  return {
    key,
    bytes,
    type,
    id,
    code: codeText(message?.code ?? 0),
    token: Buffer.from(message?.token ?? []).toString('latin1'),
    options: message?.options ?? [],
    payload: message?.payload ?? new Uint8Array(0),
  };
};

/** A transport of which a test is the other side. */
export type FakeTransport = {
  readonly transport: SecureDatagram;
  /** What was sent since the last time it was asked. */
  readonly taken: () => readonly Sent[];
  readonly deliver: (key: string, datagram: Written | Uint8Array) => void;
  readonly gone: (key: string) => void;
};

/** `answer` is told of each datagram that is sent, instead of keeping it for `taken`. */
export const fakeTransport = (answer?: (key: string, bytes: Uint8Array) => void): FakeTransport => {
  let events: DatagramEvents | undefined;
  let sent: Sent[] = [];
  return {
    transport: {
      scheme: 'coap',
      listen: async (to) => {
        events = to;
        return { address: '192.0.2.1', port: 5683 };
      },
      send: ({ key }, bytes) => {
        if (answer === undefined) sent.push(takenApart(key, bytes));
        else answer(key, bytes);
      },
      close: async () => undefined,
    },
    taken: () => {
      const all = sent;
      sent = [];
      return all;
    },
    deliver: (key, datagram) => {
      const bytes = datagram instanceof Uint8Array ? datagram : written(datagram);
      events?.message({ key, address: key, port: 1, identity: undefined }, bytes);
    },
    gone: (key) => events?.gone(key),
  };
};

/** What the endpoint above was asked and told. */
export type Heard = {
  readonly requests: { readonly peer: CoapPeer; readonly request: CoapRequest }[];
  readonly notifications: { readonly key: string; readonly token: string; readonly payload: string }[];
  readonly gone: string[];
};

type Settings = {
  readonly limits?: Partial<CoapLimits>;
  readonly answer?: CoapHandlers['request'];
  /** Tokens of observations that are wanted. */
  readonly tokens?: Set<string>;
  readonly sent?: (key: string, bytes: Uint8Array) => void;
  readonly time?: Scheduler;
};

const counting = (): ((bytes: number) => Uint8Array) => {
  let next = 0;
  return (bytes) => {
    next += 1;
    const value = Buffer.alloc(bytes);
    value.writeUIntBE(next % 2 ** (8 * Math.min(bytes, 4)), 0, Math.min(bytes, 4));
    return value;
  };
};

/** A server that listens on a fake transport, in a time that passes only when a test says so. */
export const listening = async ({ limits, answer, tokens = new Set(), sent, time: given }: Settings = {}) => {
  const time = given ?? fakeScheduler();
  const wire = fakeTransport(sent);
  const heard: Heard = { requests: [], notifications: [], gone: [] };
  const server = createCoapServer({
    transport: wire.transport,
    clock: time.elapsed,
    later: time.later,
    random: counting(),
    ...(limits && { limits }),
  });
  await server.listen({
    request: async (peer, request) => {
      heard.requests.push({ peer, request });
      return answer === undefined ? { code: '2.05', payload: Buffer.from('hello') } : answer(peer, request);
    },
    knows: (_peer, token) => tokens.has(Buffer.from(token).toString()),
    notified: (peer, token, { payload }) => {
      heard.notifications.push({
        key: peer.association.key,
        token: Buffer.from(token).toString(),
        payload: Buffer.from(payload).toString(),
      });
    },
    gone: (peer) => void heard.gone.push(peer.association.key),
  });
  const peerOf = (key: string): CoapPeer => {
    const peer = server.reach?.({ key, address: key, port: 1 });
    if (peer === undefined) throw new Error('a plain transport reaches everybody');
    return peer;
  };
  return { ...wire, time, heard, server, peerOf, settle: () => time.pass(0) };
};

export type Listening = Awaited<ReturnType<typeof listening>>;
