import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../src/domain/time.ts';
import { configFromEnv } from '../src/server/config.ts';
import { readEnv } from '../src/server/env.ts';
import { type Server, startServer } from '../src/server/server.ts';
import { openMemory } from '../src/store/memory.ts';
import { quickHashing, startApi } from './support/api.ts';

const password = 'correct horse battery';
let server: Server;
let data: string;
let token: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'muster-deadlines-'));
  const env = {
    MUSTER_PORT: '0',
    MUSTER_DATA: data,
    MUSTER_REQUEST_TIMEOUT: '1s',
    MUSTER_ADMIN_PASSWORD: password,
  };
  const overrides = { store: openMemory(), hashing: quickHashing };
  server = await startServer(
    configFromEnv(readEnv(env)),
    pino({ level: 'silent' }),
    () => undefined,
    overrides,
  );
  const session = await fetch(`${server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@localhost', password }),
  });
  token = ((await session.json()) as { token: string }).token;
});

afterAll(async () => {
  await server.stop();
  await rm(data, { recursive: true });
});

/** Sends the head at once and the pieces of the body with a pause before each; gives all that comes back. */
const send = async (head: readonly string[], pieces: readonly string[], pause: number): Promise<string> => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8');
  let reply = '';
  socket.on('data', (text: string) => {
    reply += text;
    if (/\r\n\r\n/.test(reply)) socket.end();
  });
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write(`${[...head, 'host: muster', `authorization: Bearer ${token}`].join('\r\n')}\r\n\r\n`);
  for (const piece of pieces) {
    await sleep(pause);
    if (socket.writable) socket.write(piece);
  }
  await closed;
  return reply;
};

const upload = (length: number) => [
  'POST /api/v1/packages?name=slow&version=1&kind=firmware HTTP/1.1',
  'content-type: application/octet-stream',
  `content-length: ${length}`,
];

describe('the time a body may take', () => {
  it('is not limited for an upload that keeps coming', async () => {
    const pieces = Array.from({ length: 6 }, () => 'x'.repeat(1000));
    expect(await send(upload(6000), pieces, 500)).toMatch(/^HTTP\/1.1 201 /);
  });

  it('ends an upload that pauses', async () => {
    const reply = await send(upload(6000), ['x'], 100);
    expect(reply).toMatch(/^HTTP\/1.1 408 /);
    expect(reply).toContain('request/timed-out');
  });

  it('ends a JSON body that trickles', async () => {
    const head = ['POST /api/v1/queries HTTP/1.1', 'content-type: application/json', 'content-length: 60'];
    const reply = await send(
      head,
      Array.from({ length: 20 }, () => ' '),
      200,
    );
    expect(reply).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('stopping', () => {
  /** Stops a server while somebody signs in, and gives the answer to that. */
  const stopMeanwhile = async (
    shutdownTimeout: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> => {
    const config = configFromEnv(
      readEnv({
        MUSTER_PORT: '0',
        MUSTER_DATA: await mkdtemp(join(data, 'own-')),
        MUSTER_ADMIN_PASSWORD: password,
      }),
    );
    const own = await startServer(
      { ...config, http: { ...config.http, shutdownTimeout } },
      pino({ level: 'silent' }),
      () => undefined,
      {
        hashing: {
          ...quickHashing,
          verifyPassword: async (...given) => sleep(300, quickHashing.verifyPassword(...given)),
        },
      },
    );
    const reply = fetch(`${own.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ email: 'admin@localhost', password }),
    });
    await sleep(100);
    await own.stop();
    return reply;
  };

  it('lets a request in flight finish', async () => {
    expect((await stopMeanwhile(5_000, { connection: 'close' })).status).toBe(201);
  });

  it('waits for no connection that a client keeps after its last answer', async () => {
    expect((await stopMeanwhile(HOUR, {})).status).toBe(201);
  });
});

describe('the time for a request', () => {
  it('may be longer than the five minutes that Node has in mind', async () => {
    const api = await startApi({}, { MUSTER_REQUEST_TIMEOUT: '24h' });
    expect((await api.call('GET', '/session')).status).toBe(200);
    await api.close();
  });
});
