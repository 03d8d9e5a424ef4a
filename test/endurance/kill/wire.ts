import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly bytes: Buffer;
};

export type Message = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON where it is no bytes. */
  readonly body?: object;
};

/** An answer, and how many times before the same was sent without one: what came of those, nobody knows. */
export type Insisted = Answer & { readonly doubts: number };

/** How clients of a server that dies now and then speak to it. */
export type Wire = {
  /** Sends once. Where no whole answer came it is `unsent`, or nobody knows. */
  readonly send: (message: Message) => Promise<Answer | 'unsent' | 'unknown'>;
  /** Sends until there is an answer. Throws once the wire is closed. */
  readonly insist: (message: Message) => Promise<Insisted>;
  /** Whether there is somebody to speak to: while nobody is, everybody waits. */
  readonly setOpen: (isOpen: boolean) => void;
  readonly close: () => Promise<void>;
};

const PAUSE = 15;
const CONNECTIONS = 256;

export class WireClosed extends Error {}

/** Nobody listened, so that nothing can have been done. */
const wasRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

const jsonOf = (type: string, bytes: Buffer): unknown =>
  /\bjson\b/.test(type) && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;

const contentOf = (
  body: object | undefined,
): { readonly type: string; readonly data: Buffer } | undefined => {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return { type: 'application/octet-stream', data: body };
  return { type: 'application/json', data: Buffer.from(JSON.stringify(body)) };
};

export type WireOptions = {
  /** Whoever is told that the server failed knows as little as whoever is told nothing. */
  readonly failuresAreDoubts?: boolean;
};

/** `headers` go with every message that does not have its own. */
export const openWire = (
  url: string,
  headers: Readonly<Record<string, string>> = {},
  { failuresAreDoubts = false }: WireOptions = {},
): Wire => {
  const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: 1, headersTimeout: 30_000 });
  let closed = false;
  let opened = Promise.withResolvers<void>();
  opened.resolve();

  const send: Wire['send'] = async ({ method, path, headers: own = {}, body }) => {
    const content = contentOf(body);
    try {
      const reply = await request(url + path, {
        ...{ dispatcher, method },
        headers: { ...headers, ...(content && { 'content-type': content.type }), ...own },
        ...(content && { body: content.data }),
      });
      const bytes = Buffer.from(await reply.body.arrayBuffer());
      if (failuresAreDoubts && reply.statusCode >= 500) return 'unknown';
      const parsed = jsonOf(`${reply.headers['content-type'] ?? ''}`, bytes);
      return { status: reply.statusCode, body: parsed, bytes };
    } catch (error) {
      return wasRefused(error) ? 'unsent' : 'unknown';
    }
  };

  return {
    send,
    insist: async (message) => {
      let doubts = 0;
      while (!closed) {
        await opened.promise;
        const answer = await send(message);
        if (typeof answer === 'object') return { ...answer, doubts };
        if (answer === 'unknown') doubts += 1;
        await sleep(PAUSE);
      }
      throw new WireClosed();
    },
    setOpen: (isOpen) => {
      opened.resolve();
      if (!isOpen && !closed) opened = Promise.withResolvers();
    },
    close: async () => {
      closed = true;
      opened.resolve();
      await dispatcher.destroy();
    },
  };
};
