import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that passed. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
};

/** What befalls the body of one reply. */
export type Mishap =
  /** The connection breaks after exactly so many bytes of it. */
  | { readonly type: 'cut'; readonly after: number }
  /** It trickles. */
  | { readonly type: 'slow'; readonly bytesPerSecond: number };

export type CuttingProxy = {
  readonly url: string;
  /** All requests so far, in order. */
  readonly asked: readonly Asked[];
  /** Where connections go from now on. */
  readonly leadTo: (url: string) => void;
  /** Lets something befall the next reply to a GET whose path ends so; once. */
  readonly arrange: (ending: string, mishap: Mishap) => void;
  readonly stop: () => Promise<void>;
};

/** A TCP proxy for HTTP/1.1 without pipelining: it sees what is asked for, and can spoil a reply. */
export const startCuttingProxy = async (): Promise<CuttingProxy> => {
  const asked: Asked[] = [];
  const mishaps = new Map<string, Mishap>();
  const sockets = new Set<Socket>();
  let target: URL | undefined;

  const takeMishap = ({ method, path }: Asked): Mishap | undefined => {
    const ending = [...mishaps.keys()].find((known) => method === 'GET' && path.endsWith(known));
    const mishap = mishaps.get(ending ?? '');
    if (ending !== undefined) mishaps.delete(ending);
    return mishap;
  };
  const accept = (client: Socket): void => {
    const upstream = connect(Number(target?.port), target?.hostname);
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
    client.once('close', () => upstream.destroy());
    let mishap: Mishap | undefined;
    const read = requestReader((request) => {
      asked.push(request);
      mishap = takeMishap(request);
    });
    client.on('data', read).pipe(upstream);
    void carry(upstream, client, () => {
      const due = mishap;
      mishap = undefined;
      return due;
    });
  };

  const server = createServer(accept).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    asked,
    leadTo: (url) => {
      target = new URL(url);
    },
    arrange: (ending, mishap) => void mishaps.set(ending, mishap),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const HEAD_END = '\r\n\r\n';
const HEAD = /(GET|HEAD|PUT|POST) (\S+) HTTP\/1\.1\r\n(.*?)\r\n\r\n/s;
/** More than any head here; what is before it was the body of an earlier request. */
const KEPT = 16_384;

const requestReader = (onRequest: (asked: Asked) => void): ((bytes: Buffer) => void) => {
  let text = '';
  return (bytes) => {
    text += bytes.toString('latin1');
    for (let found = HEAD.exec(text); found !== null; found = HEAD.exec(text)) {
      const [whole, method = '', path = '', fields = ''] = found;
      text = text.slice(found.index + whole.length);
      onRequest({ method, path, range: /^range: *(.*)$/im.exec(fields)?.[1]?.trim() });
    }
    text = text.slice(-KEPT);
  };
};

/** Hands replies on until one of the two sides is gone. What befalls one reply befalls all that follow it. */
const carry = async (
  upstream: Socket,
  client: Socket,
  takeMishap: () => Mishap | undefined,
): Promise<void> => {
  let mishap: Mishap | undefined;
  let left = Number.POSITIVE_INFINITY;
  try {
    for await (const bytes of upstream as AsyncIterable<Buffer>) {
      const due = takeMishap();
      const bodyAt = due === undefined ? 0 : bytes.indexOf(HEAD_END) + HEAD_END.length;
      if (due?.type === 'cut') left = due.after;
      mishap ??= due;
      client.write(bytes.subarray(0, bodyAt));
      const body = bytes.subarray(bodyAt, bodyAt + left);
      if (mishap?.type === 'slow') await trickle(body, client, mishap.bytesPerSecond);
      else client.write(body);
      left -= body.length;
      if (left <= 0) break;
    }
  } catch {
    // A socket that was destroyed: there is nobody left to hand anything on to.
  }
  client.end();
};

const TICKS = 10;

const trickle = async (bytes: Buffer, client: Socket, bytesPerSecond: number): Promise<void> => {
  const drop = Math.max(1, Math.round(bytesPerSecond / TICKS));
  for (let at = 0; at < bytes.length && !client.destroyed; at += drop) {
    client.write(bytes.subarray(at, at + drop));
    await sleep(1000 / TICKS);
  }
};
