import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { unprivilegedUser } from './postgres-binaries.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

/** Whether tests are to be skipped for want of Debian's PgBouncer; throws where `CI=true`. */
export const isPgBouncerMissing = (): boolean => {
  if (existsSync(PROGRAM)) return false;
  if (process.env['CI'] === 'true') throw new Error('pgbouncer was not found; install it');
  return true;
};

export type PgBouncer = {
  /** The same database through the pooler. */
  readonly through: (url: string) => string;
  readonly stop: () => Promise<void>;
};

/** A pooler before the server at `url` that gives each transaction whichever of a few connections is free. */
export const startPgBouncer = async (url: string, connections: number): Promise<PgBouncer> => {
  const { hostname, port, username, password } = new URL(url);
  const directory = await mkdtemp(join(tmpdir(), 'muster-pgbouncer-'));
  const own = await freePort();
  const users = join(directory, 'users.txt');
  const settings = join(directory, 'pgbouncer.ini');
  await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
`,
  );
  const user = unprivilegedUser();
  for (const path of [directory, users, settings]) if (user) await chown(path, user.uid, user.gid);
  const child = spawn(PROGRAM, [settings], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], ...user });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-4_000);
    });
  }
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const through = (given: string): string => {
    const pooled = new URL(given);
    pooled.host = `127.0.0.1:${own}`;
    return pooled.href;
  };
  for (const deadline = Date.now() + 20_000; !(await answers(through(url))); await sleep(20)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await stop();
    throw new Error(`PgBouncer did not start:\n${log}`);
  }
  return { through, stop };
};

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
};
