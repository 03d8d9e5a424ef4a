import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { generate, type Option, type ParsedPacket, parse } from 'coap-packet';

/** What a scripted device is asked. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly accept: number | undefined;
  readonly observe: number | undefined;
  readonly payload: Buffer;
};

export type Said = {
  readonly code: string;
  readonly format?: number;
  readonly payload?: Buffer | string;
  readonly observe?: number;
};

/** A device that says what was recorded of a stock client, datagram by datagram. */
export type ScriptedDevice = {
  /** Sends a request as it was recorded and gives the answer. */
  readonly send: (datagram: Uint8Array) => Promise<ParsedPacket>;
  /** A notification that is not confirmable, as stock clients send them. */
  readonly notify: (path: string, text: string) => void;
  /** Drops what is observed, as a restart does. */
  readonly forget: () => void;
  /** What was asked, such as `GET /5/0/3 observe=0`. */
  readonly asked: readonly string[];
  readonly close: () => void;
};

const numberIn = (options: readonly Option[], name: Option['name']): number | undefined => {
  const value = options.find((option) => option.name === name)?.value;
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value);
  return bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length);
};

const uint = (value: number): Buffer => {
  const hex = value === 0 ? '' : value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

const METHODS: Readonly<Record<string, string>> = { '0.01': 'GET', '0.02': 'POST', '0.03': 'PUT' };

/** Opens a socket towards a server on this machine; `answer` says what is answered to what. */
export const openScriptedDevice = async (
  server: number,
  answer: (asked: Asked) => Said,
): Promise<ScriptedDevice> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const asked: string[] = [];
  const observed = new Map<string, Buffer>();
  let waiting: ((packet: ParsedPacket) => void) | undefined;
  let [id, sequence] = [40_000, 1];
  const out = (datagram: Uint8Array): void => socket.send(datagram, server, '127.0.0.1');

  const reply = ({ code, token, messageId, options = [], payload }: ParsedPacket): void => {
    const segments = options.filter(({ name }) => name === 'Uri-Path').map(({ value }) => `${value}`);
    const path = `/${segments.join('/')}`;
    const method = METHODS[code] ?? code;
    const [accept, observe] = [numberIn(options, 'Accept'), numberIn(options, 'Observe')];
    const block = options.find(({ name }) => name === 'Block1');
    const marks = [observe === undefined ? '' : ` observe=${observe}`, block === undefined ? '' : ' block'];
    asked.push(`${method} ${path}${marks.join('')}`);
    const isLast = block === undefined || ((numberIn([block], 'Block1') ?? 0) & 8) === 0;
    const said = isLast ? answer({ method, path, accept, observe, payload }) : { code: '2.31' };
    if (observe === 0 && said.observe !== undefined) observed.set(path, token);
    const told: Option[] = [
      ...(said.observe === undefined ? [] : [{ name: 'Observe' as const, value: uint(said.observe) }]),
      ...(said.format === undefined ? [] : [{ name: 'Content-Format' as const, value: uint(said.format) }]),
      ...(block === undefined ? [] : [block]),
    ];
    out(
      generate({
        ...{ ack: true, code: said.code, token, messageId, options: told },
        payload: Buffer.from(said.payload ?? ''),
      }),
    );
  };
  socket.on('message', (datagram) => {
    const packet = parse(datagram);
    if (packet.code.startsWith('0.') && packet.code !== '0.00') reply(packet);
    else if (packet.ack && packet.code !== '0.00') waiting?.(packet);
  });

  return {
    asked,
    send: (datagram) =>
      new Promise((resolve) => {
        waiting = resolve;
        out(datagram);
      }),
    notify: (path, text) => {
      const token = observed.get(path);
      if (token === undefined) return;
      [id, sequence] = [id + 1, sequence + 1];
      const options: Option[] = [
        { name: 'Observe', value: uint(sequence) },
        { name: 'Content-Format', value: uint(0) },
      ];
      out(
        generate({
          code: '2.05',
          confirmable: false,
          token,
          messageId: id,
          options,
          payload: Buffer.from(text),
        }),
      );
    },
    forget: () => observed.clear(),
    close: () => socket.close(),
  };
};
