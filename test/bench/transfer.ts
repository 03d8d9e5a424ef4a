import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

const PIECE = randomBytes(2 ** 18);
const MIB = 2 ** 20;

/** So many bytes; `first` makes them differ from those of other calls. */
export function* content(bytes: number, first: number): Generator<Buffer> {
  const start = Buffer.from(PIECE);
  start.writeDoubleBE(first);
  for (let sent = 0; sent < bytes; sent += PIECE.length) {
    yield (sent === 0 ? start : PIECE).subarray(0, Math.min(PIECE.length, bytes - sent));
  }
}

/** MiB per second of work on so many bytes. */
export const speedOf = async (bytes: number, work: () => unknown): Promise<number> => {
  const began = performance.now();
  await work();
  return (bytes / MIB / (performance.now() - began)) * 1000;
};

/** SHA-256, SHA-1 and MD5 of so many bytes, one after the other on this thread. */
export const hashThrice = (bytes: number): void => {
  const hashes = ['sha256', 'sha1', 'md5'].map((name) => createHash(name));
  for (const piece of content(bytes, 0)) for (const hash of hashes) hash.update(piece);
  for (const hash of hashes) hash.digest();
};

type Headers = Readonly<Record<string, string>>;

/** Posts so many bytes and gives the reply's body; throws unless it is 201. */
export const upload = (url: string, headers: Headers, bytes: number, first: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/octet-stream', 'content-length': `${bytes}` };
    const sending = request(url, { method: 'POST', headers: { ...headers, ...type } }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      reply.on('end', () =>
        reply.statusCode === 201 ? resolve(text) : reject(new Error(`upload: ${reply.statusCode} ${text}`)),
      );
    });
    pipeline(content(bytes, first), sending).catch(reject);
  });

/** Gets a range of a resource and drops the bytes, with as little work for each as can be. */
export const download = (url: string, headers: Headers, from: number, to: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname, host } = new URL(url);
    const fields = { host, ...headers, range: `bytes=${from}-${to - 1}`, connection: 'close' };
    let head: string | undefined;
    let received = 0;
    const callback = (length: number, buffer: Uint8Array): boolean => {
      if (head === undefined) {
        const start = Buffer.from(buffer.buffer, buffer.byteOffset, length);
        const end = start.indexOf('\r\n\r\n');
        head = start.toString('latin1', 0, end);
        received -= end + 4;
      }
      received += length;
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafe(2 ** 18), callback };
    const socket = connect({ host: hostname, port: Number(port), onread });
    socket.once('error', reject);
    socket.once('close', () => {
      const whole = head?.startsWith('HTTP/1.1 206') && received === to - from;
      if (whole) resolve();
      else reject(new Error(`download: ${received} of ${to - from} bytes after\n${head}`));
    });
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
  });

/** The same resource in so many ranges at once. */
export const downloadInRanges = async (
  url: string,
  headers: Headers,
  bytes: number,
  ranges: number,
): Promise<void> => {
  const edge = (index: number) => Math.floor((bytes * index) / ranges);
  const parts = Array.from({ length: ranges }, (_, index) => [edge(index), edge(index + 1)] as const);
  await Promise.all(parts.map(([from, to]) => download(url, headers, from, to)));
};
