import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { findPostgres, type SystemUser, unprivilegedUser } from './postgres-binaries.ts';

const run = promisify(execFile);

/** Why tests on PostgreSQL are skipped, for those that have to say so. */
export const NO_POSTGRES = 'PostgreSQL 15 or later was not found; set MUSTER_TEST_DATABASE_URL or install it';

export type PostgresServer = { readonly url: string; readonly stop: () => Promise<void> };
export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/**
 * A server for the tests: the one `MUSTER_TEST_DATABASE_URL` names, whose user may create databases, or a
 * temporary cluster with default durability. Without PostgreSQL it is undefined, or throws where `CI=true`.
 */
export const startPostgres = async (): Promise<PostgresServer | undefined> => {
  const given = process.env['MUSTER_TEST_DATABASE_URL'];
  if (given) return { url: given, stop: async () => {} };
  const binaries = findPostgres();
  if (binaries !== undefined) return startCluster(binaries);
  if (process.env['CI'] === 'true') throw new Error(NO_POSTGRES);
  return undefined;
};

/**
 * A new database on the server at `url`, empty or a copy of the database named `template`, which nobody
 * may be connected to.
 */
export const createTestDatabase = async (url: string, template?: string): Promise<TestDatabase> => {
  const name = `muster_test_${randomBytes(8).toString('hex')}`;
  await execute(url, `create database "${name}"${template === undefined ? '' : ` template "${template}"`}`);
  const database = new URL(url);
  database.pathname = `/${name}`;
  return {
    url: database.href,
    drop: () => execute(url, `drop database if exists "${name}" with (force)`),
  };
};

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

type Cluster = {
  readonly binaries: string;
  readonly directory: string;
  readonly user: SystemUser | undefined;
  readonly password: string;
};

/** A temporary cluster with default durability, whatever other server there is. */
export const startCluster = async (binaries: string): Promise<PostgresServer> => {
  const user = unprivilegedUser();
  const directory = await mkdtemp(join(tmpdir(), 'muster-postgres-'));
  const cluster: Cluster = { binaries, directory, user, password: randomBytes(16).toString('hex') };
  // An interrupted run gets no further than its exit.
  const abandon = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', abandon);
  const remove = async (): Promise<void> => {
    process.off('exit', abandon);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await initialise(cluster);
    const server = await serveCluster(cluster);
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { url: server.url, stop };
  } catch (error) {
    await remove();
    throw error;
  }
};

export const initialise = async ({ binaries, directory, user, password }: Cluster): Promise<void> => {
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password);
  if (user) await Promise.all([directory, passwordFile].map((path) => chown(path, user.uid, user.gid)));
  const options = ['--username=muster', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // --no-sync concerns only the files initdb writes; the server itself flushes as usual.
  const format = ['--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(join(binaries, 'initdb'), ['-D', join(directory, 'data'), ...options, ...format], {
    cwd: directory,
    ...user,
  });
};

/** Starts the server of a cluster that is there, on a port of its own unless one is given. */
export const serveCluster = async (
  cluster: Cluster,
  given?: number,
): Promise<PostgresServer & { readonly pid: number }> => {
  const port = given ?? (await freePort());
  const url = `postgres://muster:${cluster.password}@127.0.0.1:${port}/postgres`;
  const child = spawnServer(cluster, port);
  const log = collect(child);
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const kill = () => child.kill('SIGQUIT');
  process.prependOnceListener('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode === null) child.kill('SIGINT');
    await exited;
  };
  try {
    await untilReady(url, child, log);
    return { url, stop, pid: child.pid ?? 0 };
  } catch (error) {
    await stop();
    throw error;
  }
};

const spawnServer = ({ binaries, directory, user }: Cluster, port: number): ChildProcess => {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'shared_buffers=64MB',
    'max_connections=200',
  ];
  const args = ['-D', join(directory, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
  return spawn(join(binaries, 'postgres'), args, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  });
};

/** The end of what the server logs, for the error when it does not start. */
const collect = (child: ChildProcess): (() => string) => {
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text = (text + chunk).slice(-4000);
  });
  child.once('error', (error) => {
    text += error.message;
  });
  return () => text;
};

const untilReady = async (url: string, child: ChildProcess, log: () => string): Promise<void> => {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null || child.pid === undefined) break;
    if (await answers(url)) return;
  }
  throw new Error(`PostgreSQL did not start:\n${log()}`);
};

const answers = (url: string): Promise<boolean> =>
  execute(url, 'select 1').then(
    () => true,
    () => false,
  );
