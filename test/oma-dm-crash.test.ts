import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Running, startProcess } from './bench/process.ts';
import { createDmDevice } from './support/dm-device.ts';
import { freePort } from './support/free-port.ts';

const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));
const password = 'correct horse battery';
const secret = 'a-password-of-sixteen';
const serverSecret = 'the-password-of-the-server';

let directory: string;
let port: number;
let server: Running;

const start = async (): Promise<void> => {
  const { PATH } = process.env;
  server = await startProcess({
    args: [main],
    env: {
      ...(PATH && { PATH }),
      MUSTER_PORT: String(port),
      MUSTER_DATA: directory,
      MUSTER_ADMIN_PASSWORD: password,
      MUSTER_PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
  });
};

/** As a power cut would, and back again. */
const cut = async (): Promise<void> => {
  await server.kill();
  await start();
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-dm-crash-'));
  port = await freePort();
  await start();
});
afterEach(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

const operate = async () => {
  let token = '';
  const call = async (method: string, path: string, body: unknown, type = 'application/json') => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as Readonly<Record<string, unknown>>;
  };
  token = `${(await call('POST', '/session', { email: 'admin@localhost', password }))['token']}`;
  return call;
};

it('an update goes on over power cuts between messages, and over an answer that was lost', async () => {
  const call = await operate();
  await call('POST', '/devices', { id: 'd1', protocol: 'oma-dm' });
  const secrets = { kind: 'dm', secret, server: { id: 'muster', secret: serverSecret } };
  await call('POST', '/devices/d1/credentials', secrets);
  const query = 'name=fw&version=2.0&kind=firmware&fileName=fw.bin';
  const pack = await call('POST', `/packages?${query}`, 'the image', 'application/octet-stream');
  const plan = { name: 'c', packages: [pack['id']], retry: { attempts: 1, backOffSeconds: 0 } };
  const { id } = await call('POST', '/campaigns', plan);
  await call('POST', `/campaigns/${id}/devices`, { devices: ['d1'] });
  await call('POST', `/campaigns/${id}/start`, {});
  const device = createDmDevice({
    ...{ server: `http://127.0.0.1:${port}/dm/DEFAULT`, id: 'd1', becomes: '2.0' },
    account: { scheme: 'md5', user: 'd1', password: secret },
    serverAccount: { scheme: 'md5', user: 'muster', password: serverSecret },
    fumo: { root: './FUMO', has: 'two-steps' },
  });
  const insists = { times: 200, pause: () => sleep(50) };
  // Each time another process has to know what was asked before.
  const first = await device.session({
    insists,
    before: async (message) => {
      if (message === 4) await cut();
    },
  });
  expect(first.ended).toBe('done');
  await device.updates.work();
  let restarting: Promise<void> | undefined;
  const second = await device.session({
    insists,
    before: (message) => {
      // It is gone before it can have answered, and the message comes again.
      if (message === 2) restarting = cut();
    },
  });
  await restarting;
  expect(second.ended).toBe('done');
  await device.updates.work();
  await device.session();
  await device.session();
  const update = await call('GET', `/campaigns/${id}/devices/d1`, undefined);
  expect(update).toMatchObject({ outcome: 'succeeded', attempt: 1 });
  expect(device.updates.installed()).toHaveLength(1);
}, 60_000);
