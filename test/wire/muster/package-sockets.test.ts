import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstStart } from '../../../src/app/first-start.ts';
import { type DiskBlobs, openDiskBlobs } from '../../../src/blobs/disk.ts';
import { configFromEnv } from '../../../src/server/config.ts';
import { type Context, createContext } from '../../../src/server/context.ts';
import { readEnv } from '../../../src/server/env.ts';
import { createHttp } from '../../../src/server/http.ts';
import { openMemory } from '../../../src/store/memory.ts';
import { adminPassword, quickHashing } from '../../support/api.ts';

const MIB = 1024 * 1024;

let directory: string;
let blobs: DiskBlobs;
let context: Context;
let http: Awaited<ReturnType<typeof createHttp>>;
let base: string;
let token: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-sockets-'));
  blobs = await openDiskBlobs(directory);
  const config = configFromEnv(
    readEnv({ MUSTER_DATA: join(directory, 'data'), MUSTER_RATE_LIMIT: '0', MUSTER_PACKAGE_LIMIT: '64m' }),
  );
  context = await createContext(config, { store: openMemory(), blobs, hashing: quickHashing });
  await firstStart(context, { email: 'admin@localhost', password: adminPassword });
  http = await createHttp(config, context, pino({ level: 'silent' }), () => undefined);
  base = `${await http.listen({ host: '127.0.0.1', port: 0 })}/api/v1`;
  const session = await fetch(`${base}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@localhost', password: adminPassword }),
  });
  token = ((await session.json()) as { token: string }).token;
});

afterEach(async () => {
  http.server.closeAllConnections();
  await http.close();
  await context.dispose();
  await blobs.close();
  await rm(directory, { recursive: true, force: true });
});

const headers = () => ({ authorization: `Bearer ${token}` });
const octets = 'application/octet-stream';

const begin = (
  method: string,
  path: string,
  extra: Readonly<Record<string, string>> = {},
): { readonly sent: ClientRequest; readonly reply: Promise<IncomingMessage | undefined> } => {
  const sent = request(`${base}${path}`, { method, headers: { ...headers(), ...extra } });
  const reply = new Promise<IncomingMessage | undefined>((resolve) => {
    sent.on('response', resolve);
    sent.on('error', () => resolve(undefined));
  });
  return { sent, reply };
};

const files = async () => {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('data'))
    .map(({ name }) => name);
};

const packages = async (): Promise<readonly unknown[]> => {
  const reply = await fetch(`${base}/packages`, { headers: headers() });
  return ((await reply.json()) as { items: unknown[] }).items;
};

/** Files in the directory that this process has open; undefined where there is no way to tell. */
const openFiles = async (): Promise<number | undefined> => {
  if (process.platform !== 'linux') return undefined;
  const handles = await readdir('/proc/self/fd');
  const targets = await Promise.all(handles.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(directory)).length;
};

const eventually = async <T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> => {
  for (let tries = 0; tries < 250; tries += 1) {
    const value = await read();
    if (is(value)) return value;
    await wait(20);
  }
  return read();
};

const frame = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n';

describe('an upload whose client goes away midway', () => {
  it.each([
    ['a body of known length', { 'content-type': octets, 'content-length': String(32 * MIB) }, ''],
    ['a body in chunks', { 'content-type': octets }, ''],
    ['a form', { 'content-type': 'multipart/form-data; boundary=b' }, frame],
    ['a form after its file', { 'content-type': 'multipart/form-data; boundary=b' }, `${frame}x\r\n--b\r\n`],
  ])('leaves nothing: %s', async (_, extra, before) => {
    const { sent, reply } = begin('POST', '/packages?name=a&version=1', extra);
    sent.write(Buffer.concat([Buffer.from(before), randomBytes(3 * MIB)]));
    await eventually(files, (names) => names.length === 1);
    expect(await files()).toHaveLength(1);
    sent.destroy();
    await reply;
    expect(await eventually(files, (names) => names.length === 0)).toEqual([]);
    expect(await packages()).toEqual([]);
    expect(await openFiles()).toSatisfy((count) => count === undefined || count === 0);
  });
});

/** Sends a head and a body as they are over one connection and answers the status lines that come back. */
const converse = async (head: readonly string[], body: readonly Buffer[]): Promise<readonly string[]> => {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  const lines: string[] = [];
  socket.on('data', (chunk) => lines.push(...(chunk.toString().match(/HTTP\/1\.1 \d+/g) ?? [])));
  const line = (text: string) => `${text}\r\n`;
  const shared = [`host: ${hostname}`, `authorization: Bearer ${token}`];
  socket.write([...head, ...shared, ''].map(line).join(''));
  for (const piece of body) if (!socket.write(piece)) await once(socket, 'drain');
  socket.write(['GET /api/v1/packages HTTP/1.1', ...shared, 'connection: close', ''].map(line).join(''));
  await once(socket, 'close');
  return lines;
};

describe('an upload that is refused midway', () => {
  const pieces = Array.from({ length: 70 }, () => Buffer.alloc(MIB));
  const post = 'POST /api/v1/packages?name=a&version=1 HTTP/1.1';
  const chunk = (piece: Buffer) =>
    Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  const chunked = (parts: readonly Buffer[]) => [...parts.map(chunk), Buffer.from('0\r\n\r\n')];

  it.each([
    ['a body that says its length', [`content-type: ${octets}`, `content-length: ${70 * MIB}`], pieces],
    ['a body in chunks', [`content-type: ${octets}`, 'transfer-encoding: chunked'], chunked(pieces)],
    [
      'a form',
      ['content-type: multipart/form-data; boundary=b', 'transfer-encoding: chunked'],
      chunked([Buffer.from(frame), ...pieces, Buffer.from('\r\n--b--\r\n')]),
    ],
  ])('gets its answer, and the connection goes on: %s', async (_, head, body) => {
    expect(await converse([post, ...head], body)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(await files()).toEqual([]);
    expect(await packages()).toEqual([]);
  });
});

describe('a download over a connection', () => {
  const upload = async (bytes: Buffer<ArrayBuffer>): Promise<string> => {
    const reply = await fetch(`${base}/packages?name=big&version=1`, {
      method: 'POST',
      headers: { ...headers(), 'content-type': octets },
      body: bytes,
    });
    expect(reply.status).toBe(201);
    return ((await reply.json()) as { id: string }).id;
  };

  it('comes whole, in ranges that meet, and from many at once', async () => {
    const bytes = randomBytes(20 * MIB + 7);
    const url = `${base}/packages/${await upload(bytes)}/bytes`;
    const read = async (extra: Readonly<Record<string, string>> = {}) =>
      Buffer.from(await (await fetch(url, { headers: { ...headers(), ...extra } })).arrayBuffer());
    const whole = await Promise.all(Array.from({ length: 8 }, () => read()));
    expect(whole.every((each) => each.equals(bytes))).toBe(true);
    const halves = await Promise.all([
      read({ range: 'bytes=0-9999999' }),
      read({ range: 'bytes=10000000-' }),
    ]);
    expect(Buffer.concat(halves).equals(bytes)).toBe(true);
    expect(await openFiles()).toSatisfy((count) => count === undefined || count === 0);
  });

  it('closes its file when the client goes away', async () => {
    const path = `/packages/${await upload(randomBytes(32 * MIB))}/bytes`;
    for (let turn = 0; turn < 20; turn += 1) {
      const { sent, reply } = begin('GET', path);
      sent.end();
      const answer = await reply;
      await new Promise((resolve) => answer?.once('readable', resolve));
      expect(await openFiles()).toSatisfy((count) => count === undefined || count > 0);
      sent.destroy();
    }
    const left = await eventually(openFiles, (count) => count === undefined || count === 0);
    expect(left).toSatisfy((count) => count === undefined || count === 0);
  });

  it('opens no file for a HEAD', async () => {
    const path = `/packages/${await upload(randomBytes(MIB))}/bytes`;
    const reply = await fetch(`${base}${path}`, { method: 'HEAD', headers: headers() });
    expect(reply.headers.get('content-length')).toBe(String(MIB));
    expect(await openFiles()).toSatisfy((count) => count === undefined || count === 0);
  });
});
