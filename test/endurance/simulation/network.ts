import type { FastifyInstance, InjectOptions } from 'fastify';
import { type Http, Unreachable } from '../../../src/simulator/http.ts';
import type { Chance } from './chance.ts';
import type { Process } from './machine.ts';

/** How often something becomes of a message, from 0 to 1. */
export type Odds = {
  /** It never arrives. */
  readonly lost: number;
  /** It arrives, and its answer does not. */
  readonly unanswered: number;
  /** It arrives twice at the same time. */
  readonly twice: number;
  /** A report arrives once more, long after. */
  readonly late: number;
  /** A download breaks off somewhere. */
  readonly cut: number;
};

/** What was done to messages, for the report of a run. */
export type Faults = { -readonly [Kind in keyof Odds]: number };

export type Network = {
  /** As devices use it, with everything that goes wrong. */
  readonly http: Http;
  /** As operators use it, who lose messages too. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly requests: () => number;
};

export type NetworkOptions = {
  readonly chance: Chance;
  readonly now: () => Process;
  readonly odds: () => Odds;
  /** Counts what is done. */
  readonly faults: Faults;
  /** Something is to happen in so many milliseconds of the simulated world. */
  readonly later: (milliseconds: number, run: () => Promise<void>) => void;
  /** Whether what this message told is told by no newer one. */
  readonly newest: (url: string) => () => boolean;
  readonly problem: (what: string) => void;
};

const LATEST = 2 * 3_600_000;
const SERVER_FAILED = 500;

type Asked = Pick<InjectOptions, 'method' | 'headers' | 'payload'> & { readonly url: string };
type Got = Awaited<ReturnType<FastifyInstance['inject']>>;

/** Reports are what devices send again when they do not know whether it arrived; what they are is not. */
const isReport = ({ method, url }: Asked): boolean =>
  (method === 'POST' && url.endsWith('/feedback')) || (method === 'PUT' && url.endsWith('/commands'));

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

const bodyOf = ({ headers, payload }: Got): unknown =>
  /\bjson\b/.test(String(headers['content-type'] ?? '')) && payload !== '' ? JSON.parse(payload) : payload;

/** Connects devices and people with whatever process runs. */
export const createNetwork = (options: NetworkOptions): Network => {
  const { chance, later } = options;
  const { faults } = options;
  let requests = 0;

  const befalls = (kind: keyof Odds): boolean => {
    const happens = chance.happens(options.odds()[kind]);
    if (happens) faults[kind] += 1;
    return happens;
  };

  /** What one process answers; it may be gone before. */
  const ask = async (asked: Asked): Promise<Got> => {
    const { http, life } = options.now();
    if (life.isOver()) throw new Unreachable('nobody listens');
    requests += 1;
    const got = await Promise.race([http.inject({ ...asked }), life.end]);
    if (got === undefined) throw new Unreachable('the server is gone');
    if (got.statusCode >= SERVER_FAILED)
      options.problem(`${asked.method} ${asked.url}: ${got.statusCode} ${got.payload}`);
    return got;
  };

  const again = (asked: Asked): void => {
    const holds = options.newest(asked.url);
    later(chance.below(LATEST), async () => {
      if (holds()) await ask(asked).catch(() => undefined);
    });
  };

  const send = async (asked: Asked, breaks: boolean): Promise<Got> => {
    if (befalls('lost')) throw new Unreachable('the message was lost');
    if (isReport(asked) && befalls('late')) again(asked);
    const copies = befalls('twice') ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: copies }, () => ask(asked)));
    const got = answers[chance.below(copies)];
    if (got === undefined || breaks || befalls('unanswered')) throw new Unreachable('the answer was lost');
    return got;
  };

  const pieces = async function* (bytes: Buffer): AsyncGenerator<Uint8Array> {
    const end = befalls('cut') ? chance.below(bytes.length + 1) : bytes.length;
    const size = 1 + chance.below(bytes.length + 1);
    for (let at = 0; at < end; at += size) yield bytes.subarray(at, Math.min(at + size, end));
    if (end < bytes.length) throw new Error('the connection broke off');
  };

  return {
    requests: () => requests,
    http: {
      call: async (method, url, { headers = {}, body, breaks = false } = {}) => {
        const json = body === undefined ? {} : { 'content-type': 'application/json' };
        const asked = { method, url: pathOf(url), headers: { ...headers, ...json } };
        const got = await send(
          body === undefined ? asked : { ...asked, payload: JSON.stringify(body) },
          breaks,
        );
        const header = (name: string): string => String(got.headers[name] ?? '');
        return { status: got.statusCode, body: bodyOf(got), header };
      },
      stream: async (url, headers) => {
        const got = await send({ method: 'GET', url: pathOf(url), headers: { ...headers } }, false);
        const from = Number(/^bytes (\d+)-/.exec(String(got.headers['content-range'] ?? ''))?.[1] ?? 0);
        const etag = typeof got.headers.etag === 'string' ? got.headers.etag : undefined;
        const chunks = pieces(got.rawPayload);
        return { status: got.statusCode, from, etag, chunks, drop: () => undefined };
      },
      close: async () => undefined,
    },
    fetch: async (url, { method = 'GET', headers, body }) => {
      const asked = { url: pathOf(url), method, headers: { ...(headers as Record<string, string>) } };
      const payload = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : undefined;
      const whole = payload === undefined ? asked : { ...asked, payload };
      const got = await send(whole as Asked, false);
      const said = Object.entries(got.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      return new Response(got.statusCode === 204 ? null : got.rawPayload, {
        status: got.statusCode,
        headers: said,
      });
    },
  };
};
