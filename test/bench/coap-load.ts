import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBlock } from '../../src/devices/lwm2m/coap/block.ts';
import { decodeDatagram, emptyDatagram, encodeDatagram } from '../../src/devices/lwm2m/coap/codec.ts';
import { codeByte, option, optionOf, uint } from '../../src/devices/lwm2m/coap/message.ts';
import { deviceName } from './muster.ts';

/** One device on a socket of its own: what it sends first, and what it answers to each datagram. */
export type Player = {
  readonly first: Uint8Array;
  /** `undefined` is no answer; `counts` whether the datagram was what is measured. */
  readonly answer: (bytes: Buffer) => { readonly bytes: Uint8Array; readonly counts: boolean } | undefined;
  /** What it says when the round is over. */
  readonly last?: (bytes: Buffer) => Uint8Array;
};

const NOTHING = Buffer.alloc(0);
const WAIT = 50;

const open = async (port: number): Promise<Socket> => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 20 });
  socket.on('error', () => undefined);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

/** Plays so many devices at once for so long; answers how many datagrams counted in a second. */
export const play = async (
  url: string,
  devices: number,
  seconds: number,
  playerOf: (number: number) => Player,
): Promise<number> => {
  const port = Number(new URL(url).port);
  const sockets = await Promise.all(Array.from({ length: devices }, () => open(port)));
  let counted = 0;
  let isOver = false;
  for (const [number, socket] of sockets.entries()) {
    const player = playerOf(number);
    socket.on('message', (bytes) => {
      if (isOver) {
        if (player.last !== undefined) socket.send(player.last(bytes));
        return;
      }
      const answer = player.answer(bytes);
      if (answer === undefined) return;
      if (answer.counts) counted += 1;
      socket.send(answer.bytes);
    });
    socket.send(player.first);
  }
  const begun = performance.now();
  await sleep(seconds * 1000);
  const took = (performance.now() - begun) / 1000;
  isOver = true;
  await sleep(WAIT);
  for (const socket of sockets) socket.close();
  return counted / took;
};

/** Sends the same bytes again whenever they come back. */
export const echoed = (size: number): Player => {
  const bytes = Buffer.alloc(size, 'x');
  return { first: bytes, answer: () => ({ bytes, counts: true }) };
};

const post = (
  number: number,
  path: string,
  payload: string,
  endpoint = `urn:imei:3517560515${number % 100_000}`,
): Uint8Array =>
  encodeDatagram('con', number & 0xffff, {
    code: codeByte('0.02'),
    token: Buffer.from('abcd'),
    options: [
      { number: option.uriPath, value: Buffer.from(path) },
      { number: option.contentFormat, value: uint(40) },
      { number: option.uriQuery, value: Buffer.from(`ep=${endpoint}`) },
      { number: option.uriQuery, value: Buffer.from('lt=86400') },
    ],
    payload: Buffer.from(payload),
  });

const OBJECTS = '</>;rt="oma.lwm2m";ct=110,</1/0>,</2/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>';

/** Bytes of a registration as it is played here. */
export const REGISTRATION = post(0, 'rd', OBJECTS).length;

/** Registers again and again, each time with another message id. */
export const registers = (number: number): Player => {
  let id = number;
  const bytes = Buffer.from(post(number, 'rd', OBJECTS));
  return {
    first: bytes,
    answer: ([, code]) => {
      id += 1;
      bytes.writeUInt16BE(id & 0xffff, 2);
      return { bytes, counts: code === codeByte('2.01') };
    },
  };
};

/** What a device says it is: `/3/0` in TLV, and its version. */
const IDENTITY = Buffer.from('c00441636d65c1055443552d32c305312e322e30', 'hex');
const VERSION = Buffer.from('1.2.0');
const GET = codeByte('0.01');

/** Answers a read of object 3; `undefined` for what is none. */
export const identity = (bytes: Uint8Array): Uint8Array | undefined => {
  const decoded = decodeDatagram(bytes);
  if (!decoded.ok || decoded.datagram.message?.code !== GET) return undefined;
  const { id, message } = decoded.datagram;
  const isWhole = message.options.filter(({ number }) => number === option.uriPath).length === 2;
  const options = [{ number: option.contentFormat, value: uint(isWhole ? 11_542 : 0) }];
  const payload = isWhole ? IDENTITY : VERSION;
  return encodeDatagram('ack', id, { code: codeByte('2.05'), token: message.token, options, payload });
};

/** The registration of a device by its number. */
export const registrationOf = (device: number, id: number): Uint8Array =>
  post(id, 'rd', OBJECTS, deviceName.replace('{}', `${device}`));

/** Registers one device after the other, each `step` further on, and says what each of them is. */
export const registersMany =
  (devices: number, step: number) =>
  (number: number): Player => {
    let device = number;
    let id = number;
    return {
      first: registrationOf(device % devices, id),
      answer: (bytes) => {
        if (bytes[1] !== codeByte('2.01')) {
          const told = identity(bytes);
          return told && { bytes: told, counts: false };
        }
        id += 1;
        device += step;
        return { bytes: registrationOf(device % devices, id), counts: true };
      },
    };
  };

/** Asks to be pushed to and takes one block after the other; resets the push at the end. */
export const takesBlocks = (number: number): Player => ({
  first: post(number, 'push', ''),
  answer: (bytes) => {
    const decoded = decodeDatagram(bytes);
    if (!decoded.ok || decoded.datagram.message === undefined) return undefined;
    const { id, message } = decoded.datagram;
    const block = optionOf(message, option.block1);
    if (block === undefined) return undefined;
    const options = [{ number: option.block1, value: block }];
    const reply = { code: codeByte('2.31'), token: message.token, options, payload: NOTHING };
    return { bytes: encodeDatagram('ack', id, reply), counts: true };
  },
  last: ([, , high = 0, low = 0]) => emptyDatagram('rst', high * 256 + low),
});

/** Bytes of one block's datagram: header, token, path, format, Block1, marker and payload. */
export const BLOCK = 4 + 4 + 6 + 2 + 1 + encodeBlock({ num: 1000, more: true, szx: 6 }).length + 1 + 1024;
