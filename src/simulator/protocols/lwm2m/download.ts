import { createSocket } from 'node:dgram';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { Agent } from 'coap';

/** Runs something later; what it answers takes that back. */
export type Later = (ms: number, run: () => void) => () => void;

export type DownloadOptions = {
  readonly later: Later;
  /** Milliseconds without an end after which the download is lost. */
  readonly patience: number;
  /** The connection ends after some of the bytes. */
  readonly cut: boolean;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
};

/** The bytes; 4 when the connection was lost, 7 when there is nothing under the URI (results of object 5). */
export type Downloaded = Buffer | 4 | 7;

/** Numbers of `/5/0/8` by scheme. */
const protocolNumbers = new Map([
  ['coap:', 0],
  ['coaps:', 1],
  ['http:', 2],
  ['https:', 3],
  ['coap+tcp:', 4],
  ['coaps+tcp:', 5],
]);

/** Whether one of these protocols of `/5/0/8` can fetch the URI. */
export const canFetch = (uri: string, protocols: readonly number[]): boolean => {
  const number = protocolNumbers.get(URL.parse(uri)?.protocol ?? '');
  return number !== undefined && protocols.includes(number);
};

/** Fetches an image as a device does: once, without resuming. */
export const download = (uri: string, options: DownloadOptions): Promise<Downloaded> => {
  const url = URL.parse(uri);
  if (url === null) return Promise.resolve(7);
  return new Promise((resolve) => {
    let stop = (): void => undefined;
    let ended = false;
    const end = (downloaded: Downloaded): void => {
      if (ended) return;
      ended = true;
      cancel();
      options.signal.removeEventListener('abort', lose);
      stop();
      resolve(downloaded);
    };
    const lose = (): void => end(4);
    const cancel = options.later(options.patience, lose);
    options.signal.addEventListener('abort', lose);
    stop = url.protocol === 'coap:' ? overCoap(url, options.cut, end) : overHttp(url, options.cut, end);
  });
};

type End = (downloaded: Downloaded) => void;

const BLOCKS_BEFORE_CUT = 3;

/** A second socket, as Anjay opens one; npm's `coap` asks for block after block. */
const overCoap = (url: URL, cut: boolean, end: End): (() => void) => {
  const socket = createSocket(url.hostname.startsWith('[') ? 'udp6' : 'udp4');
  const agent = new Agent({ socket });
  const request = agent.request({
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5683),
    pathname: decodeURIComponent(url.pathname),
    query: url.search.slice(1),
    method: 'GET',
  });
  // Block 0 of 1,024 bytes.
  request.setOption('Block2', Buffer.of(6));
  let blocks = 0;
  socket.on('message', () => {
    blocks += 1;
    if (cut && blocks === BLOCKS_BEFORE_CUT) end(4);
  });
  request.on('response', ({ code, payload }) => end(code === '2.05' ? payload : 7));
  request.on('error', () => end(4));
  request.end();
  return () => {
    agent.abort(request);
    socket.close();
  };
};

const overHttp = (url: URL, cut: boolean, end: End): (() => void) => {
  const request = (url.protocol === 'https:' ? getHttps : getHttp)(url, { agent: false }, (response) => {
    if (response.statusCode !== 200) return end(7);
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (cut) end(4);
    });
    response.on('end', () => response.complete && end(Buffer.concat(chunks)));
    response.on('error', () => end(4));
    return undefined;
  });
  request.on('error', () => end(4));
  return () => request.destroy();
};
