import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, ObserveWriteStream, type OutgoingMessage } from 'coap';
import { parse } from 'coap-packet';

/** What a device is asked: a path such as `/5/0/3`, with what of the options matters to it. */
export type DeviceRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly accept: number | undefined;
  readonly observe: number | undefined;
  readonly payload: Buffer;
};

/** What it answers; `watch` is called with a way to notify, where an observation was asked for and is granted. */
export type DeviceReply = {
  readonly code: string;
  readonly contentFormat?: number | undefined;
  readonly payload?: Buffer | undefined;
  readonly watch?: (notify: Notify) => void;
  /** Once the answer went out. */
  readonly after?: (() => void) | undefined;
};

/** Sends a notification; `ended` where the server has cancelled the observation with a reset. */
export type Notify = {
  readonly token: string;
  readonly send: (payload: Buffer) => void;
  readonly ended: () => boolean;
};

/** One life of a device on the network, from one boot to the next. */
export type DeviceNetwork = {
  readonly port: number;
  readonly ask: (request: ServerRequest) => Promise<ServerReply>;
  /** Sends nothing any more, though it still listens. */
  readonly mute: () => void;
  readonly close: () => void;
};

/** What the device asks its server. */
export type ServerRequest = {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: string;
  readonly body?: { readonly payload: Buffer; readonly format: number };
};

export type ServerReply = {
  readonly code: string;
  readonly location: readonly string[];
  readonly payload: Buffer;
};

export type NetworkOptions = {
  readonly server: { readonly host: string; readonly port: number };
  /** Whether notifications ask for an acknowledgement. Stock clients' mostly do not. */
  readonly confirmable: boolean;
  /** Answers to blocks that are lost before one arrives. */
  readonly lostReplies: number;
  readonly answer: (request: DeviceRequest, token: string, reply: (reply: DeviceReply) => void) => void;
};

/** Content formats by the names that npm's `coap` gives them; those that it does not know are numbers. */
const formats = new Map<unknown, number>([
  ['text/plain', 0],
  ['application/link-format', 40],
  ['application/octet-stream', 42],
  ['application/cbor', 60],
  ['application/senml+json', 110],
  ['application/senml+cbor', 112],
  ['application/vnd.oma.lwm2m+tlv', 11542],
  ['application/vnd.oma.lwm2m+json', 11543],
]);

const formatOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : formats.get(value);

/** Opens a socket that npm's `coap` uses as server and as client: requests of both sides come from one port. */
export const openNetwork = async (options: NetworkOptions): Promise<DeviceNetwork> => {
  const socket = createSocket(options.server.host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const quiet = silencer(socket, options.lostReplies);
  const server = createServer((request, response) => answer(options, request, response));
  server.on('error', () => undefined);
  server.listen(socket);
  const agent = new Agent({ socket });
  const asking = new Set<OutgoingMessage>();
  let closed = false;
  return {
    port: socket.address().port,
    ask: (request) => ask(agent, asking, options.server, request),
    mute: quiet,
    close: () => {
      if (closed) return;
      closed = true;
      quiet();
      for (const request of asking) request.emit('error', new Error('the device was switched off'));
      server.close();
      socket.close();
    },
  };
};

/** Lets no more datagrams out once it is called; before, it loses as many answers to blocks as it is told. */
const silencer = (socket: Socket, lostReplies: number): (() => void) => {
  let left = lostReplies;
  let silent = false;
  const send = socket.send.bind(socket) as (...parameters: readonly unknown[]) => void;
  const isLost = (datagram: unknown): boolean => {
    if (silent) return true;
    if (left === 0 || !(datagram instanceof Uint8Array) || parse(Buffer.from(datagram)).code !== '2.31')
      return false;
    left -= 1;
    return true;
  };
  const filtered = (...parameters: readonly unknown[]): void => {
    const done = parameters.at(-1);
    if (!isLost(parameters[0])) send(...parameters);
    else if (typeof done === 'function') done(null, 0);
  };
  Object.assign(socket, { send: filtered });
  return () => {
    silent = true;
  };
};

const answer = (options: NetworkOptions, request: IncomingMessage, response: OutgoingMessage): void => {
  const [path = '/', query = ''] = request.url.split('?');
  const { Accept, Observe } = request.headers;
  const asked = {
    method: request.method,
    path,
    query,
    accept: formatOf(Accept),
    observe: typeof Observe === 'number' ? Observe : undefined,
    payload: request.payload,
  };
  const token = request._packet.token?.toString('hex') ?? '';
  options.answer(asked, token, (reply) => {
    response.statusCode = reply.code;
    if (reply.contentFormat !== undefined) response.setOption('Content-Format', reply.contentFormat);
    const block = request._packet.options?.find(({ name }) => name === 'Block1')?.value;
    if (block !== undefined) response.setOption('Block1', block);
    finish(options, response, reply, token);
    reply.after?.();
  });
};

const finish = (options: NetworkOptions, response: unknown, reply: DeviceReply, token: string): void => {
  if (!(response instanceof ObserveWriteStream)) {
    return void (response as OutgoingMessage).end(reply.payload ?? Buffer.alloc(0));
  }
  if (reply.watch === undefined) return void response.end();
  let ended = false;
  response.on('finish', () => {
    ended = true;
  });
  response.write(reply.payload ?? Buffer.alloc(0));
  const send = (payload: Buffer): void => {
    if (!options.confirmable) Object.assign(response._packet, { confirmable: false, ack: false });
    response.write(payload);
  };
  reply.watch({ token, send, ended: () => ended });
};

const ask = (
  agent: Agent,
  asking: Set<OutgoingMessage>,
  server: NetworkOptions['server'],
  { method, path, query = '', body }: ServerRequest,
): Promise<ServerReply> =>
  new Promise((resolve, reject) => {
    const { host, port } = server;
    const request = agent.request({ hostname: host, port, method, pathname: path, query });
    asking.add(request);
    const forget = (): void => {
      asking.delete(request);
      // Its timers would go on after the socket is closed.
      agent.abort(request);
    };
    if (body !== undefined) request.setOption('Content-Format', body.format);
    request.on('response', ({ code, payload, _packet }: IncomingMessage) => {
      asking.delete(request);
      const options = _packet.options ?? [];
      const location = options
        .filter(({ name }) => name === 'Location-Path')
        .map(({ value }) => String(value));
      resolve({ code, location, payload });
    });
    request.on('error', (error: Error) => {
      forget();
      reject(error);
    });
    request.end(body?.payload ?? '');
  });
