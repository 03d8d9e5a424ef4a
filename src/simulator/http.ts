import { Agent, type Dispatcher, request } from 'undici';

/** The server was not reached, or its answer did not arrive: the device tries again. */
export class Unreachable extends Error {}

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  /** A header of the answer by its name in small letters; empty where there is none. */
  readonly header: (name: string) => string;
};

type Asked = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The connection breaks off before the answer is read, though the server may have got it all. */
  readonly breaks?: boolean;
};

export type Streamed = {
  readonly status: number;
  /** From which byte on they come. */
  readonly from: number;
  readonly etag: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Breaks off. */
  readonly drop: () => void;
};

/** HTTP as devices use it, over connections that they share and that are kept open. */
export type Http = {
  readonly call: (method: 'GET' | 'POST' | 'PUT', url: string, asked?: Asked) => Promise<Answer>;
  readonly stream: (url: string, headers: Readonly<Record<string, string>>) => Promise<Streamed>;
  readonly close: () => Promise<void>;
};

const PATIENCE = 60_000;

const bodyOf = async ({ headers, body }: Dispatcher.ResponseData): Promise<unknown> => {
  const text = await body.text();
  const type = String(headers['content-type'] ?? '');
  return /\bjson\b/.test(type) && text !== '' ? JSON.parse(text) : text;
};

/** Where `content-range` begins; 0 for a whole body. */
const startOf = (headers: Dispatcher.ResponseData['headers']): number =>
  Number(/^bytes (\d+)-/.exec(String(headers['content-range'] ?? ''))?.[1] ?? 0);

const reaching = async <Value>(attempt: () => Promise<Value>): Promise<Value> => {
  try {
    return await attempt();
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
};

/** Opens at most so many connections to each server. */
export const openHttp = (connections: number): Http => {
  const dispatcher = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: PATIENCE,
    bodyTimeout: PATIENCE,
  });
  return {
    call: (method, url, { headers = {}, body, breaks = false } = {}) =>
      reaching(async () => {
        const json = body === undefined ? {} : { 'content-type': 'application/json' };
        const response = await request(url, {
          ...{ dispatcher, method, headers: { ...headers, ...json } },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        if (breaks) {
          response.body.on('error', () => undefined).destroy();
          throw new Unreachable('the connection broke off');
        }
        const header = (name: string): string => String(response.headers[name] ?? '');
        return { status: response.statusCode, body: await bodyOf(response), header };
      }),
    stream: (url, headers) =>
      reaching(async () => {
        const { statusCode, headers: said, body } = await request(url, { dispatcher, headers });
        body.on('error', () => undefined);
        const etag = typeof said['etag'] === 'string' ? said['etag'] : undefined;
        const drop = (): void => void body.destroy();
        return { status: statusCode, from: startOf(said), etag, chunks: body, drop };
      }),
    close: () => dispatcher.destroy(),
  };
};
