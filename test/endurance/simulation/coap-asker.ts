import { generate, type NamedOption, type ParsedPacket } from 'coap-packet';
import type { Later } from '../../../src/simulator/protocols/lwm2m/download.ts';

/** A request of a device, or a response that it sends by itself. */
export type Said = {
  readonly code: string;
  readonly token: Buffer;
  readonly options?: readonly NamedOption[];
  readonly payload?: Buffer;
};

/** Confirmable messages of a device, and the answers to its requests (RFC 7252 4.2). */
export type Asker = {
  readonly nextId: () => number;
  /** Sends a message until it is acknowledged, and tells if it never is. */
  readonly insist: (said: Said, givenUp?: () => void) => void;
  readonly ask: (code: string, options: readonly NamedOption[], payload?: Buffer) => Promise<ParsedPacket>;
  /** Takes what is for it: an acknowledgement, or a response that somebody waits for. */
  readonly take: (packet: ParsedPacket) => void;
  readonly close: () => void;
};

const FIRST_WAIT = 2_500;
const MOST_TRIES = 6;

export const EMPTY = '0.00';

/** The value of an option as an integer, in as few bytes as it takes. */
export const uint = (value: number): Buffer => {
  const hex = value === 0 ? '' : value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

/** An option as a number; `undefined` where there is none. */
export const numberIn = ({ options }: ParsedPacket, name: NamedOption['name']): number | undefined => {
  const value = options.find((option) => option.name === name)?.value;
  if (value === undefined) return undefined;
  return value.length === 0 ? 0 : value.readUIntBE(0, value.length);
};

type Waiting = {
  readonly resolve: (packet: ParsedPacket) => void;
  readonly reject: (error: Error) => void;
};

export const createAsker = (send: (datagram: Buffer) => void, later: Later): Asker => {
  const unacknowledged = new Map<number, () => void>();
  const waiting = new Map<string, Waiting>();
  let [ids, tokens, closed] = [0, 0, false];

  const nextId = (): number => {
    ids = (ids + 1) & 0xffff;
    return ids;
  };

  const insist: Asker['insist'] = ({ code, token, options = [], payload }, givenUp) => {
    const messageId = nextId();
    const rest = { options: [...options], payload: payload ?? Buffer.alloc(0) };
    const bytes = generate({ ...rest, code, token, messageId, confirmable: true });
    let [tries, callOff] = [0, (): void => undefined];
    const transmit = (): void => {
      if (closed) return;
      tries += 1;
      if (tries > MOST_TRIES) {
        unacknowledged.delete(messageId);
        givenUp?.();
        return;
      }
      send(bytes);
      callOff = later(FIRST_WAIT * 2 ** (tries - 1), transmit);
    };
    unacknowledged.set(messageId, () => callOff());
    transmit();
  };

  return {
    nextId,
    insist,
    ask: (code, options, payload) => {
      tokens += 1;
      const token = Buffer.from(tokens.toString(16).padStart(8, '0'), 'hex');
      const { promise, resolve, reject } = Promise.withResolvers<ParsedPacket>();
      const end = (): void => {
        waiting.delete(token.toString('hex'));
        reject(new Error('there was no answer'));
      };
      waiting.set(token.toString('hex'), { resolve, reject });
      insist({ code, token, options, ...(payload !== undefined && { payload }) }, end);
      return promise;
    },
    take: (packet) => {
      if (packet.ack || packet.reset) {
        unacknowledged.get(packet.messageId)?.();
        unacknowledged.delete(packet.messageId);
      }
      if (packet.confirmable && packet.code !== EMPTY)
        send(generate({ code: EMPTY, ack: true, messageId: packet.messageId }));
      const token = packet.token.toString('hex');
      waiting.get(token)?.resolve(packet);
      waiting.delete(token);
    },
    close: () => {
      closed = true;
      for (const callOff of unacknowledged.values()) callOff();
      for (const { reject } of waiting.values()) reject(new Error('the device was switched off'));
      waiting.clear();
    },
  };
};
