import { firstStart } from '../../src/app/first-start.ts';
import { serverArgs } from '../../src/cli/server-args.ts';
import type { Device } from '../../src/domain/device.ts';
import { configFromEnv } from '../../src/server/config.ts';
import { createContext } from '../../src/server/context.ts';
import { readEnv } from '../../src/server/env.ts';
import { type Running, startProcess } from './process.ts';

/** Where one server of the bench keeps things. */
export type Place = {
  readonly directory: string;
  /** Its PostgreSQL; SQLite in the directory when undefined. */
  readonly databaseUrl: string | undefined;
};

const admin = { email: 'admin@localhost', password: 'correct horse battery' };

const settingsOf = ({ directory, databaseUrl }: Place): Record<string, string> => ({
  MUSTER_PORT: '0',
  MUSTER_DATA: directory,
  MUSTER_RATE_LIMIT: '0',
  MUSTER_LOGIN_RATE_LIMIT: '0',
  MUSTER_ADMIN_PASSWORD: admin.password,
  ...(databaseUrl !== undefined && { MUSTER_DATABASE_URL: databaseUrl }),
});

export const deviceName = 'device-{}';

const device = (number: number, now: number, more: Partial<Device>): Device => ({
  id: deviceName.replace('{}', `${number}`),
  name: `Truck ${number}`,
  make: 'Acme',
  model: 'TCU-2',
  protocol: 'custom',
  timeZone: 'Europe/Berlin',
  tags: ['north'],
  versions: { firmware: '1.2.0' },
  attributes: { depot: 'Kiel', doors: 4 },
  standing: 'accepted',
  autoConfirm: null,
  attributesDue: false,
  createdAt: now,
  lastSeenAt: 0,
  ...more,
});

const BATCH = 10_000;

/** Puts so many devices into the account of an empty place, through the store itself since that is quicker. */
export const addDevices = async (place: Place, count: number, more: Partial<Device> = {}): Promise<void> => {
  const context = await createContext(configFromEnv(readEnv(settingsOf(place))));
  try {
    await firstStart(context, admin);
    const account = await context.store.accounts.find('DEFAULT');
    if (account === undefined) throw new Error('the first start made no account');
    const by = { actor: { kind: 'server' }, now: Date.now() } as const;
    for (let from = 0; from < count; from += BATCH) {
      const length = Math.min(BATCH, count - from);
      const rows = Array.from({ length }, (_, index) => ({ value: device(from + index, by.now, more) }));
      await context.store.devices.saveMany(account.key, rows, by);
    }
  } finally {
    await context.dispose();
  }
};

export type Muster = Running & Session;

/** Calls as the administrator of a server. */
export type Session = {
  readonly url: string;
  /** Headers that show an administrator's session. */
  readonly headers: Readonly<Record<string, string>>;
  /** One call of the API below its base path; throws unless it succeeds. */
  readonly call: <Reply>(method: string, path: string, body?: unknown) => Promise<Reply>;
};

export const api = '/api/v1';

export const signIn = async (url: string): Promise<Session> => {
  const { token } = await send<{ token: string }>(`${url}${api}/session`, {}, 'POST', admin);
  const headers = { authorization: `Bearer ${token}` };
  return { url, headers, call: (method, path, body) => send(`${url}${api}${path}`, headers, method, body) };
};

/** Starts the server in a process of its own, and signs in. */
export const startMuster = async (
  place: Place,
  profile: string | undefined,
  more: Readonly<Record<string, string>> = {},
): Promise<Muster> => {
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const { PATH, TMPDIR } = process.env;
  const running = await startProcess({
    args: [...profiling, ...serverArgs],
    env: { ...(PATH && { PATH }), ...(TMPDIR && { TMPDIR }), ...settingsOf(place), ...more },
  });
  return { ...running, ...(await signIn(running.url)) };
};

const send = async <Reply>(
  url: string,
  headers: Readonly<Record<string, string>>,
  method: string,
  body: unknown,
): Promise<Reply> => {
  const reply = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${text}`);
  return JSON.parse(text) as Reply;
};
