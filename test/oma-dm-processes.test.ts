import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Running, startProcess } from './bench/process.ts';
import { createDmDevice, type DmDeviceOptions } from './support/dm-device.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));
const password = 'correct horse battery';
const secret = 'a-password-of-sixteen';
const serverSecret = 'the-password-of-the-server';

const database = inject('postgresUrl');

/** Which of the processes gets a request: each in its turn, or all of them at the same moment. */
type Manner = 'in-turn' | 'at-once';

type Front = {
  readonly url: string;
  /** Messages that went to all processes, and the answers of each. */
  readonly races: readonly (readonly Buffer[])[];
  readonly use: (manner: Manner) => void;
  readonly close: () => Promise<void>;
};

const forwarded = ['content-type', 'range', 'x-syncml-hmac', 'authorization', 'if-range'] as const;

const headersOf = (all: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(forwarded.flatMap((name) => (all[name] === undefined ? [] : [[name, `${all[name]}`]])));

/** One address before several processes. */
const startFront = async (urls: () => readonly string[]): Promise<Front> => {
  const races: (readonly Buffer[])[] = [];
  let manner: Manner = 'in-turn';
  let turn = 0;
  const server: Server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync<Buffer>(request);
    const { method = 'GET', url = '/' } = request;
    const headers = headersOf(request.headers);
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const all = urls();
    turn += 1;
    const isRace = manner === 'at-once' && url.startsWith('/dm/');
    const chosen = isRace ? all : all.slice(turn % all.length).slice(0, 1);
    const replies = await Promise.all(
      chosen.map((base) => fetch(`${base}${url}`, { method, headers, ...body })),
    );
    const bytes = await Promise.all(replies.map(async (reply) => Buffer.from(await reply.arrayBuffer())));
    if (isRace) races.push(bytes);
    const [reply] = replies;
    const kept = ['content-type', 'content-range', 'x-syncml-hmac', 'etag', 'accept-ranges'].flatMap(
      (name) => {
        const value = reply?.headers.get(name);
        return value === null || value === undefined ? [] : [[name, value] as const];
      },
    );
    response.writeHead(reply?.status ?? 502, {
      ...Object.fromEntries(kept),
      'content-length': bytes[0]?.length,
    });
    response.end(bytes[0]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    races,
    use: (wanted) => {
      manner = wanted;
    },
    close: () => new Promise((done) => server.close(() => done())),
  };
};

describe.skipIf(database === undefined)(
  'two processes over one PostgreSQL',
  () => {
    let directory = '';
    let kept: TestDatabase;
    let front: Front;
    let servers: readonly Running[] = [];
    let call: (
      method: string,
      path: string,
      body?: unknown,
      type?: string,
    ) => Promise<Record<string, unknown>>;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-dm-processes-'));
      kept = await createTestDatabase(database ?? '');
      front = await startFront(() => servers.map(({ url }) => url));
      const { PATH } = process.env;
      const start = () =>
        startProcess({
          args: [main],
          env: {
            ...(PATH && { PATH }),
            MUSTER_PORT: '0',
            MUSTER_DATA: directory,
            MUSTER_DATABASE_URL: kept.url,
            MUSTER_ADMIN_PASSWORD: password,
            MUSTER_PUBLIC_URL: front.url,
          },
        });
      servers = [await start()];
      servers = [...servers, await start()];
      let token = '';
      call = async (method, path, body, type = 'application/json') => {
        const reply = await fetch(`${servers[0]?.url}/api/v1${path}`, {
          method,
          headers: {
            ...(token !== '' && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { 'content-type': type }),
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
        if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
        return (await reply.json()) as Record<string, unknown>;
      };
      token = `${(await call('POST', '/session', { email: 'admin@localhost', password }))['token']}`;
    }, 60_000);
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await front?.close();
      await kept?.drop();
      await rm(directory, { recursive: true, force: true });
    });

    /** A device with a campaign that brings it firmware 2.0. */
    const prepare = async (id: string, options: Partial<DmDeviceOptions>) => {
      await call('POST', '/devices', { id, protocol: 'oma-dm' });
      await call('POST', `/devices/${id}/credentials`, {
        ...{ kind: 'dm', secret, server: { id: 'muster', secret: serverSecret } },
      });
      const query = `name=fw-${id}&version=2.0&kind=firmware&fileName=fw.bin`;
      const pack = await call('POST', `/packages?${query}`, `image of ${id}`, 'application/octet-stream');
      const campaign = await call('POST', '/campaigns', { name: `c ${id}`, packages: [pack['id']] });
      await call('POST', `/campaigns/${campaign['id']}/devices`, { devices: [id] });
      await call('POST', `/campaigns/${campaign['id']}/start`, {});
      const device = createDmDevice({
        ...{ server: `${front.url}/dm/DEFAULT`, id, becomes: '2.0' },
        account: { scheme: 'md5', user: id, password: secret },
        serverAccount: { scheme: 'md5', user: 'muster', password: serverSecret },
        fumo: { root: './FUMO', has: 'two-steps' },
        ...options,
      });
      return { device, update: () => call('GET', `/campaigns/${campaign['id']}/devices/${id}`) };
    };

    it.each(['md5', 'hmac'] as const)(
      'answer the messages of a session in turn, under %s',
      async (scheme) => {
        front.use('in-turn');
        const { device, update } = await prepare(`turn-${scheme}`, {
          account: { scheme, user: `turn-${scheme}`, password: secret },
          serverAccount: { scheme, user: 'muster', password: serverSecret },
        });
        const logs = [...(await device.live()), await device.session()];
        expect(logs.map(({ ended }) => ended)).toEqual(logs.map(() => 'done'));
        expect(await update()).toMatchObject({ outcome: 'succeeded', attempt: 1 });
        expect(device.updates.installed()).toHaveLength(1);
      },
    );

    it.each(['md5', 'hmac'] as const)(
      'answer one message at the same moment byte for byte alike, under %s',
      async (scheme) => {
        front.use('at-once');
        const before = front.races.length;
        const { device, update } = await prepare(`race-${scheme}`, {
          account: { scheme, user: `race-${scheme}`, password: secret },
          serverAccount: { scheme, user: 'muster', password: serverSecret },
        });
        const logs = [...(await device.live()), await device.session()];
        expect(logs.map(({ ended }) => ended)).toEqual(logs.map(() => 'done'));
        const races = front.races.slice(before);
        expect(races.length).toBeGreaterThan(8);
        for (const [one, other] of races) expect(one?.toString()).toBe(other?.toString());
        expect(await update()).toMatchObject({ outcome: 'succeeded', attempt: 1 });
        expect(device.updates.installed()).toHaveLength(1);
      },
    );
  },
  60_000,
);
