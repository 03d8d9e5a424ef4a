import { timingSafeEqual } from 'node:crypto';
import { joined } from './bytes.ts';
import { type ClientHello, readClientHello, serverHello } from './hello.ts';
import {
  type AlertReason,
  alerts,
  CLIENT_HELLO,
  CLIENT_KEY_EXCHANGE,
  FINISHED,
  type Message,
  messageBytes,
  readIdentity,
  SERVER_HELLO_DONE,
} from './messages.ts';
import { keysOf, masterOf, premasterOf, verifyData, type WriteKeys } from './prf.ts';
import { CHANGE_CIPHER_SPEC, HANDSHAKE } from './record.ts';
import { chooseSuite, type Suite } from './suites.ts';

/** A part of a flight; its record numbers come when it is sent, new ones each time (RFC 6347 4.2.4). */
export type FlightPart = { readonly epoch: 0 | 1; readonly type: number; readonly bytes: Uint8Array };

/** What the server brings along for one handshake, from a good source of randomness. */
export type ServerShare = {
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** For records to this side, if the device knows how. */
  readonly cid: Uint8Array;
};

type Agreed = {
  readonly suite: Suite;
  readonly hello: Pick<ClientHello, 'random' | 'extendedMasterSecret' | 'cid'>;
  readonly share: ServerShare;
  /** Every message from the ClientHello with the cookie on, with headers (RFC 6347 4.2.6). */
  readonly transcript: Uint8Array;
};

/** Where the server's side of a handshake is (RFC 6347 4.2, RFC 4279 2); the cookie was checked before it begins. */
export type Handshake =
  | { readonly step: 'hello'; readonly share: ServerShare }
  /** Its hello was answered; `flight` is sent again until it goes on. */
  | (Agreed & {
      readonly step: 'key-exchange';
      readonly flight: readonly FlightPart[];
      readonly next: number;
    })
  /** The device named its identity, and its key is being looked up. */
  | (Agreed & { readonly step: 'lookup'; readonly identity: string | undefined; readonly next: number })
  /** There are keys; the device has to prove that it has the same. */
  | (Agreed & {
      readonly step: 'finished';
      readonly identity: string | undefined;
      readonly master: Uint8Array;
      readonly client: WriteKeys;
      readonly server: WriteKeys;
      readonly next: number;
    })
  | (Agreed & {
      readonly step: 'done';
      readonly identity: string;
      readonly client: WriteKeys;
      readonly server: WriteKeys;
      /** The last flight, for a device that says Finished again. */
      readonly flight: readonly FlightPart[];
    });

/** What follows from an input: at most one of sending, looking up and refusing. */
export type Turn = {
  readonly state: Handshake;
  readonly send?: readonly FlightPart[];
  /** Somebody has to look for the key of `state.identity` and then call `takeKey`. */
  readonly find?: true;
  readonly refuse?: AlertReason;
};

export const beginHandshake = (share: ServerShare): Handshake => ({ step: 'hello', share });

/** Takes the next whole message of the device, in the order of their numbers. */
export const takeMessage = (state: Handshake, message: Message, epoch: number): Turn => {
  const handler = handlers[state.step];
  if (handler.type !== message.type || handler.epoch !== epoch) {
    return { state, refuse: alerts.unexpectedMessage };
  }
  if (state.step === 'hello') return takeHello(state.share, message);
  if (state.step === 'key-exchange') return takeKeyExchange(state, message);
  if (state.step === 'finished') return takeFinished(state, message);
  return { state };
};

const NONE = { type: -1, epoch: -1 };
const handlers: Readonly<Record<Handshake['step'], { readonly type: number; readonly epoch: number }>> = {
  hello: { type: CLIENT_HELLO, epoch: 0 },
  'key-exchange': { type: CLIENT_KEY_EXCHANGE, epoch: 0 },
  lookup: NONE,
  finished: { type: FINISHED, epoch: 1 },
  done: NONE,
};

const takeHello = (share: ServerShare, message: Message): Turn => {
  const state: Handshake = { step: 'hello', share };
  const hello = readClientHello(message.body);
  if (!hello) return { state, refuse: alerts.decodeError };
  if (!hello.speaks12) return { state, refuse: alerts.protocolVersion };
  const suite = chooseSuite(hello.suites);
  if (!suite) return { state, refuse: alerts.handshakeFailure };
  const answer = serverHello(message.sequence, {
    random: share.random,
    suite: suite.id,
    extendedMasterSecret: hello.extendedMasterSecret,
    renegotiationInfo: hello.renegotiationInfo,
    cid: hello.cid && share.cid,
  });
  const next = message.sequence + 2;
  const done: Message = { type: SERVER_HELLO_DONE, sequence: message.sequence + 1, body: new Uint8Array(0) };
  const flight = [answer, done].map((part) => handshakePart(0, part));
  const transcript = joined(messageBytes(message), ...flight.map(({ bytes }) => bytes));
  const { random, extendedMasterSecret, cid } = hello;
  const kept = { random: joined(random), extendedMasterSecret, cid: cid && joined(cid) };
  return {
    state: { step: 'key-exchange', suite, hello: kept, share, transcript, flight, next },
    send: flight,
  };
};

const handshakePart = (epoch: 0 | 1, message: Message): FlightPart => ({
  epoch,
  type: HANDSHAKE,
  bytes: messageBytes(message),
});

const takeKeyExchange = (state: Extract<Handshake, { step: 'key-exchange' }>, message: Message): Turn => {
  const { suite, hello, share, next } = state;
  const transcript = joined(state.transcript, messageBytes(message));
  const identity = readIdentity(message.body);
  return { state: { step: 'lookup', suite, hello, share, transcript, identity, next }, find: true };
};

/** Goes on with the key that was found, or with a made-up one: nothing tells a device which of the two it was. */
export const takeKey = (
  state: Extract<Handshake, { step: 'lookup' }>,
  key: { readonly known: boolean; readonly bytes: Uint8Array },
): Extract<Handshake, { step: 'finished' }> => {
  const { suite, hello, share, transcript, next } = state;
  const randoms = { clientRandom: hello.random, serverRandom: share.random };
  const binding = hello.extendedMasterSecret
    ? { extended: true as const, transcript }
    : { extended: false as const, ...randoms };
  const master = masterOf(premasterOf(key.bytes), binding);
  const keys = keysOf(master, hello.random, share.random);
  const identity = key.known ? state.identity : undefined;
  return { step: 'finished', suite, hello, share, transcript, next, identity, master, ...keys };
};

const takeFinished = (state: Extract<Handshake, { step: 'finished' }>, message: Message): Turn => {
  const { suite, hello, share, identity, master, client, server } = state;
  const expected = verifyData(master, 'client', state.transcript);
  const isRight = message.body.length === expected.length && timingSafeEqual(message.body, expected);
  if (!isRight || identity === undefined) return { state, refuse: alerts.decryptError };
  const transcript = joined(state.transcript, messageBytes(message));
  const answer: Message = {
    type: FINISHED,
    sequence: state.next,
    body: verifyData(master, 'server', transcript),
  };
  const flight: readonly FlightPart[] = [
    { epoch: 0, type: CHANGE_CIPHER_SPEC, bytes: Uint8Array.of(1) },
    handshakePart(1, answer),
  ];
  return {
    state: { step: 'done', suite, hello, share, transcript, identity, client, server, flight },
    send: flight,
  };
};
