import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { firstStart } from '../../src/app/first-start.ts';
import type { Hashing } from '../../src/app/ports.ts';
import { openMemoryBlobs } from '../../src/blobs/memory.ts';
import { configFromEnv } from '../../src/server/config.ts';
import type { Context } from '../../src/server/context.ts';
import { createContext } from '../../src/server/context.ts';
import { nodeHashing } from '../../src/server/crypto.ts';
import { readEnv } from '../../src/server/env.ts';
import { createHttp } from '../../src/server/http.ts';
import { openMemory } from '../../src/store/memory.ts';
import { fakePush } from './fake-push.ts';
import { testSealing } from './sealing.ts';

/** Passwords in tests: the same contract, without 20 ms of work each. */
export const quickHashing: Hashing = {
  ...nodeHashing,
  hashPassword: async (password) => `quick:${nodeHashing.sha256(password)}`,
  verifyPassword: async (password, hash) => hash === `quick:${nodeHashing.sha256(password)}`,
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // Replies of tests are looked into by hand; their form is checked by the reply schemas.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
};

export type Api = {
  readonly http: FastifyInstance;
  readonly context: Context;
  /** Moves the clock on by so many milliseconds. */
  readonly pass: (milliseconds: number) => void;
  /** The bearer secret of the server administrator. */
  readonly admin: string;
  readonly call: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD',
    path: string,
    options?: {
      readonly as?: string | null;
      readonly account?: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) => Promise<Reply>;
  readonly close: () => Promise<void>;
};

const STREAM = 'text/event-stream';

/** A stream would not end by itself: it is left as soon as it is open, and its body is not looked at. */
const openStream = async (http: FastifyInstance, asked: InjectOptions): Promise<Reply> => {
  const reply = await http.inject({ ...asked, payloadAsStream: true });
  const { statusCode: status, headers } = reply;
  if (headers['content-type']?.toString().startsWith(STREAM)) {
    reply.raw.res.destroy();
    return { status, headers, body: undefined };
  }
  const text = (await reply.stream().toArray()).join('');
  return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
};

export const adminPassword = 'correct horse battery';

/** The Muster API in this process over a fresh store (memory unless another is given), signed in as administrator. */
export const startApi = async (
  overrides: Partial<Context> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Api> => {
  let now = Date.UTC(2026, 10, 21, 8);
  const config = configFromEnv(readEnv({ MUSTER_RATE_LIMIT: '0', MUSTER_LOGIN_RATE_LIMIT: '0', ...env }));
  const context = await createContext(config, {
    store: openMemory(),
    blobs: openMemoryBlobs(),
    clock: () => now,
    hashing: quickHashing,
    sealing: testSealing,
    push: fakePush(),
    ...overrides,
  });
  await firstStart(context, { email: 'admin@localhost', password: adminPassword });
  const http = await createHttp(config, context, pino({ level: 'silent' }), () => undefined);
  const call: Api['call'] = async (method, path, { as = admin, account, body, headers = {} } = {}) => {
    const payload =
      typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
    const asked = {
      method,
      url: path.startsWith('/api/') ? path : `/api/v1${path}`,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${as}` }),
        ...(account === undefined ? {} : { 'muster-account': account }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload }),
    };
    if (headers['accept'] === STREAM) return openStream(http, asked);
    const reply = await http.inject(asked);
    const json = /[/+]json\b/.test(String(reply.headers['content-type'] ?? '')) && reply.payload !== '';
    return { status: reply.statusCode, headers: reply.headers, body: json ? reply.json() : reply.rawPayload };
  };
  let admin = '';
  const session = await call('POST', '/session', {
    as: null,
    body: { email: 'admin@localhost', password: adminPassword },
  });
  admin = session.body.token;
  return {
    http,
    context,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    get admin() {
      return admin;
    },
    call,
    close: async () => {
      await http.close();
      await context.dispose();
    },
  };
};
