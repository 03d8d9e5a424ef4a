import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What befalls a request to the object store. */
export type Fault =
  /** It does not pass, and is answered so. */
  | { readonly type: 'status'; readonly status: number; readonly code?: string }
  /** It does not pass, and nobody answers. */
  | { readonly type: 'silent' }
  /** The connection breaks after so many bytes of its body have passed. */
  | { readonly type: 'cut'; readonly after: number }
  /** It passes, and the connection breaks before the answer. */
  | { readonly type: 'lost' }
  /** The answer has another ETag. */
  | { readonly type: 'tag' }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly type: 'short'; readonly after: number }
  /** The answer's body ends after so many bytes, as if that was all. */
  | { readonly type: 'less'; readonly length: number }
  /** The answer's body trickles. */
  | { readonly type: 'slow'; readonly bytesPerSecond: number };

export type Asked = { readonly method: string; readonly url: string; readonly status: number | undefined };
type Match = (asked: { readonly method: string; readonly url: string; readonly number: number }) => boolean;

export type FaultyS3 = {
  readonly url: string;
  /** All requests, in order of their arrival, counted from 1 by `arrange`. */
  readonly asked: readonly Asked[];
  /** From now on this befalls those requests that match: so many times, or for ever. No other fault does any more. */
  readonly arrange: (match: Match, fault: Fault, times?: number) => void;
  readonly clear: () => void;
  readonly stop: () => Promise<void>;
};

const TICKS = 20;

const trickle = async (bytes: Buffer, reply: ServerResponse, bytesPerSecond: number): Promise<void> => {
  const drop = Math.max(1, Math.round(bytesPerSecond / TICKS));
  for (let at = 0; at < bytes.length && !reply.destroyed; at += drop) {
    reply.write(bytes.subarray(at, at + drop));
    await sleep(1000 / TICKS);
  }
};

/** Hands an answer on, as the fault has it. */
const answer = async (
  from: IncomingMessage,
  reply: ServerResponse,
  fault: Fault | undefined,
): Promise<void> => {
  const bytes = Buffer.concat(await Array.fromAsync(from as AsyncIterable<Buffer>));
  const headers = { ...from.headers };
  if (fault?.type === 'lost') return void reply.destroy();
  if (fault?.type === 'tag') headers.etag = `"${'0123456789abcdef'.repeat(2)}"`;
  if (fault?.type === 'less') headers['content-length'] = String(fault.length);
  reply.writeHead(from.statusCode ?? 502, headers);
  if (fault?.type === 'less') return void reply.end(bytes.subarray(0, fault.length));
  if (fault?.type === 'slow') await trickle(bytes, reply, fault.bytesPerSecond);
  else if (fault?.type === 'short') {
    await new Promise<void>((resolve) => reply.write(bytes.subarray(0, fault.after), () => resolve()));
    return void reply.destroy();
  } else reply.write(bytes);
  reply.end();
};

/** A proxy in front of an S3 process. The bodies of requests pass as they come. */
export const startFaultyS3 = async (target: string): Promise<FaultyS3> => {
  const asked: { method: string; url: string; status: number | undefined }[] = [];
  let rule: { readonly match: Match; readonly fault: Fault; times: number } | undefined;
  let from = 0;

  const due = (method: string, url: string): Fault | undefined => {
    const number = asked.length - from;
    if (rule === undefined || rule.times === 0 || !rule.match({ method, url, number })) return undefined;
    rule.times -= 1;
    return rule.fault;
  };

  const pass = (given: IncomingMessage, reply: ServerResponse, fault: Fault | undefined): void => {
    const note = asked.at(-1);
    const { hostname, port } = new URL(target);
    const { method, url: path, headers } = given;
    const onwards = request({ hostname, port, method, path, headers });
    onwards.on('error', () => reply.destroy());
    onwards.on('response', (from) => {
      if (note !== undefined) note.status = from.statusCode;
      answer(from, reply, fault).catch(() => reply.destroy());
    });
    if (fault?.type !== 'cut') return void given.pipe(onwards);
    // It never gets all of a body, however short that is.
    let left = Math.min(fault.after, Number(headers['content-length'] ?? 0) - 1);
    if (left < 0) return void reply.destroy();
    given.on('data', (bytes: Buffer) => {
      onwards.write(bytes.subarray(0, Math.max(0, left)));
      left -= bytes.length;
      if (left >= 0) return;
      onwards.destroy();
      given.destroy();
    });
  };

  const server = createServer((given, reply) => {
    const { method = '', url = '' } = given;
    asked.push({ method, url, status: undefined });
    const fault = due(method, url);
    if (fault?.type === 'silent') return void given.resume();
    if (fault?.type !== 'status') return pass(given, reply, fault);
    given.resume();
    const body = `<?xml version="1.0"?><Error><Code>${fault.code ?? 'InternalError'}</Code></Error>`;
    reply.writeHead(fault.status, { 'content-type': 'application/xml' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    asked,
    arrange: (match, fault, times = 1) => {
      from = asked.length;
      rule = { match, fault, times };
    },
    clear: () => {
      rule = undefined;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
