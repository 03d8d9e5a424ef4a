import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { childrenOf } from './support/child-processes.ts';
import { noteFigure } from './support/figures.ts';
import { killLaunched, serve, until } from './support/muster-process.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const server = inject('postgresUrl');
const password = 'correct horse battery';
const COUNT = 3;

type Reply = { readonly status: number; readonly body: Buffer };

/** One request on a connection of its own, so that each goes to the worker whose turn it is. */
const send = (
  url: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: Buffer | string; headers?: Record<string, string> } = {},
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, timeout: 10_000 }, async (reply) => {
      resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(await reply.toArray()) });
    });
    sent
      .on('error', reject)
      .on('timeout', () => sent.destroy(new Error(`${method} ${url} was not answered`)));
    sent.end(body);
  });

describe.skipIf(server === undefined)('several workers over one PostgreSQL', () => {
  let directory = '';
  let database: TestDatabase;
  let muster: Awaited<ReturnType<typeof serve>>;
  let token = '';

  const call = async (method: string, path: string, body?: Buffer | object) => {
    const isBytes = Buffer.isBuffer(body);
    const reply = await send(`${muster.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': isBytes ? 'application/octet-stream' : 'application/json',
        }),
      },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
    });
    const text = `${reply.body}`;
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  const metrics = async (): Promise<string> => `${(await send(`${muster.url}/metrics`)).body}`;
  const workersIn = (text: string, name: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^${name}.*worker="(\\d)"`, 'gm'))].map(([, n]) => n ?? '').toSorted();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-workers-'));
    database = await createTestDatabase(server ?? '');
    muster = await serve({
      MUSTER_WORKERS: `${COUNT}`,
      MUSTER_DATA: directory,
      MUSTER_DATABASE_URL: database.url,
      MUSTER_DATABASE_POOL: '4',
      MUSTER_ADMIN_PASSWORD: password,
    });
    token = (await call('POST', '/session', { email: 'admin@localhost', password })).token;
  }, 60_000);
  afterAll(async () => {
    killLaunched();
    await muster?.exit;
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  it('serve one address, and tell the metrics of each, and once those of the database', async () => {
    for (let time = 0; time < 2 * COUNT; time += 1) {
      expect((await send(`${muster.url}/readyz`)).status).toBe(200);
    }
    const text = await metrics();
    const all = Array.from({ length: COUNT }, (_, index) => `${index + 1}`);
    expect(workersIn(text, 'muster_http_request_duration_seconds_count\\{.*route="/readyz"')).toEqual(all);
    expect(workersIn(text, 'process_resident_memory_bytes\\{')).toEqual(all);
    expect(text.match(/^muster_store_up 1$/gm)).toHaveLength(1);
    expect(text.match(/^# TYPE muster_polls_total /gm)).toHaveLength(1);
  });

  it('take the pieces of an upload wherever they arrive', async () => {
    const bytes = randomBytes(300_000);
    const { id } = await call('POST', '/uploads', { size: bytes.length });
    const cuts = [0, 1, 100_000, 150_000, 299_999, bytes.length];
    for (const [index, cut] of cuts.slice(1).entries()) {
      const from = cuts[index] ?? 0;
      const { offset } = await call('PATCH', `/uploads/${id}?offset=${from}`, bytes.subarray(from, cut));
      expect(offset).toBe(cut);
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const made = await call('POST', `/uploads/${id}/package`, { name: 'pieces', version: '1', sha256 });
    expect(made).toMatchObject({ size: bytes.length, sha256 });
    const took = workersIn(await metrics(), 'muster_http_request_duration_seconds_count\\{method="PATCH"');
    expect(new Set(took).size).toBe(COUNT);
    for (let time = 0; time < COUNT; time += 1) {
      const got = await send(`${muster.url}/api/v1/packages/${made.id}/bytes`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(Buffer.compare(got.body, bytes)).toBe(0);
    }
  });

  it('are replaced when they die, and go without one that is stuck', async () => {
    const before = childrenOf(muster.child.pid ?? 0);
    expect(before).toHaveLength(COUNT);
    const [, victim = 0, stuck = 0] = before;
    process.kill(victim, 'SIGKILL');
    await until(() => {
      const now = childrenOf(muster.child.pid ?? 0);
      return now.length === COUNT && !now.includes(victim);
    });
    process.kill(stuck, 'SIGSTOP');
    try {
      // One of them may be with the one that is stuck, and waits.
      const asked = Array.from({ length: 12 }, () =>
        send(`${muster.url}/healthz`).then(({ status }) => status),
      );
      const answered: number[] = [];
      for (const one of asked) one.then((status) => answered.push(status)).catch(() => undefined);
      await until(() => answered.length >= asked.length - 1);
      expect(new Set(answered)).toEqual(new Set([200]));
      const text = await metrics();
      expect(text.match(/^process_resident_memory_bytes\{worker="\d"\} /gm)?.length).toBeLessThan(COUNT);
      process.kill(stuck, 'SIGCONT');
      expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    } finally {
      process.kill(stuck, 'SIGCONT');
    }
  }, 40_000);

  it('finish what they are at when they are told to stop, and let go of their leases', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      const held = () => client.query('select count(*)::int as n from leases').then(({ rows }) => rows[0].n);
      while ((await held()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      const sent = request(`${muster.url}/api/v1/packages?name=slow&version=1`, {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/octet-stream',
          expect: '100-continue',
        },
      });
      const status = new Promise<number>((resolve, reject) => {
        sent.on('response', (reply) => resolve(reply.resume().statusCode ?? 0)).on('error', reject);
      });
      // A worker has it from then on.
      sent.flushHeaders();
      await once(sent, 'continue');
      sent.write('the first half');
      const begun = performance.now();
      process.kill(muster.child.pid ?? 0, 'SIGTERM');
      await until(
        () => (muster.out().match(/"worker":\d,"signal":"SIGTERM","msg":"stopping"/g)?.length ?? 0) > 1,
      );
      sent.end('the second half');
      expect(await status).toBe(201);
      expect(await muster.exit).toBe(0);
      const took = performance.now() - begun;
      expect(took).toBeLessThan(10_000);
      expect(await held()).toBe(0);
      expect(muster.err()).toBe('');
      await noteFigure({
        ...{ id: 'R-33', part: 'workers', pass: true, seed: null },
        result: `the request finished, no lease was left, ${COUNT} workers ended after ${(took / 1_000).toFixed(1)} s`,
        command: 'vitest run test/workers.test.ts',
      });
    } finally {
      await client.end();
    }
  }, 40_000);
});
