import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, ProblemError } from '../src/client/muster.ts';

const main = fileURLToPath(new URL('../src/server/main.ts', import.meta.url));

let directory: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-server-'));
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await rm(directory, { recursive: true, force: true });
});

type Process = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
};

/** The server as an operator starts it, in a process of its own. */
const launch = (env: Readonly<Record<string, string>> = {}): Process => {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { PATH, HOME, MUSTER_DATA: join(directory, 'data'), MUSTER_PORT: '0', ...env },
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    output += bytes;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, exit };
};

const until = async <Value>(look: () => Value | undefined | null | false): Promise<Value> => {
  for (let tries = 0; tries < 600; tries += 1) {
    const value = look();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come');
};

const urlOf = (server: Process): Promise<string> =>
  until(() => /"url":"([^"]+)","msg":"ready"/.exec(server.output())?.[1]);
const passwordOf = (server: Process): string | undefined => /password (\S+)/.exec(server.output())?.[1];

const signIn = async (url: string, password: string) => {
  const { token } = await createClient({ url }).signIn({
    body: { email: 'admin@localhost', password },
  });
  return createClient({ url, token });
};

describe('the server process', () => {
  it('makes an administrator at its first start, tells the password once, and keeps all after a restart', async () => {
    const first = launch();
    const url = await urlOf(first);
    const password = passwordOf(first) ?? '';
    expect(password.length).toBeGreaterThanOrEqual(20);
    const client = await signIn(url, password);
    expect((await client.getSession({})).account).toEqual({ id: 'DEFAULT', name: 'Default' });
    await client.createQuery({ body: { name: 'all', expression: '*' } });
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await fetch(url + path)).status, path).toBe(200);
    }
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);

    const second = launch();
    const again = await signIn(await urlOf(second), password);
    expect(passwordOf(second)).toBeUndefined();
    expect((await again.listQueries({})).items).toMatchObject([{ name: 'all' }]);
  });

  it('keeps what was acknowledged when it is killed', async () => {
    const env = { MUSTER_ADMIN_PASSWORD: 'correct horse battery' };
    const first = launch(env);
    const client = await signIn(await urlOf(first), env.MUSTER_ADMIN_PASSWORD);
    const made: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; ; n += 1)
        made.push((await client.createDevice({ body: { id: `d-${writer}-${n}` } })).id);
    });
    await until(() => made.length > 300);
    first.child.kill('SIGKILL');
    await Promise.allSettled(writers);
    await first.exit;

    const again = await signIn(await urlOf(launch(env)), env.MUSTER_ADMIN_PASSWORD);
    const { count } = await again.countDevices({});
    expect(count).toBeGreaterThanOrEqual(made.length);
    for (const device of made) expect((await again.getDevice({ params: { device } })).id).toBe(device);
  });

  it('says everything that is wrong with its settings in one message, and does not start', async () => {
    const server = launch({ MUSTER_PORT: 'eighty', MUSTER_HOTS: 'x', MUSTER_ADMIN_PASSWORD: 'short' });
    expect(await server.exit).toBe(1);
    for (const name of ['MUSTER_PORT', 'MUSTER_HOTS', 'MUSTER_ADMIN_PASSWORD'])
      expect(server.output()).toContain(name);
    expect(server.output()).not.toContain('short');
    await expect(readdir(join(directory, 'data'))).rejects.toThrow();
  });

  it('ends with one sentence when its port is taken, and still tells the password it made up', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = launch({ MUSTER_PORT: `${port}` });
    expect(await server.exit).toBe(1);
    other.close();
    const said = server
      .output()
      .split('\n')
      .filter((line) => /listen/.test(line));
    expect(said).toEqual([
      `cannot listen EADDRINUSE: address already in use 127.0.0.1:${port}; see MUSTER_HOST and MUSTER_PORT`,
    ]);
    expect(server.output()).not.toContain('background task failed');
    expect(passwordOf(server)).toMatch(/^\S{20,}$/);
  });

  it('refuses with a problem that the client throws', async () => {
    const url = await urlOf(launch({ MUSTER_ADMIN_PASSWORD: 'correct horse battery' }));
    const refusal = await signIn(url, 'wrong').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    expect(refusal).toMatchObject({ problem: { status: 401, code: 'unauthenticated' } });
  });
});
