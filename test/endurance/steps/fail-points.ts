/*
 * Loaded before a server: makes of every change of the database and of the disk, and of every answer, a step, and kills
 * the process the way `kill -9` does before the step that was asked for. A read leaves nothing behind, nor does an empty
 * directory: to die before it is to die before the step that comes next. The header `x-fail-point: 3` on a request asks
 * for the third from its arrival on, `x-fail-point-after: 3` for the third once it was answered, and the variable
 * `MUSTER_TEST_FAIL_POINT` for that of the start.
 */
import fs from 'node:fs/promises';
import { type IncomingMessage, Server, ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import pg from 'pg';

type Methods = Record<string, (...args: never[]) => unknown>;

const NAME = 'muster-fail-point';
/** How many steps are left, on whatever thread they are taken; 0 where none is to be the last. */
const left: Int32Array =
  (getEnvironmentData(NAME) as unknown as Int32Array | undefined) ?? new Int32Array(new SharedArrayBuffer(4));
setEnvironmentData(NAME, left);
if (isMainThread) left[0] = Number(process.env['MUSTER_TEST_FAIL_POINT'] ?? 0);

const step = (): void => {
  if (Atomics.load(left, 0) === 0) return;
  if (Atomics.sub(left, 0, 1) === 1) process.kill(process.pid, 'SIGKILL');
};

/** Puts a step before each call of these methods, but for those that only read. */
const breakAt = (
  target: object,
  names: readonly string[],
  sqlOf: (self: unknown, given: unknown) => unknown = () => '',
): void => {
  const methods = target as Methods;
  for (const name of names) {
    const method = methods[name];
    if (method === undefined) throw new Error(`there is no ${name} to break at`);
    methods[name] = function (this: unknown, ...args: never[]) {
      if (!isRead(sqlOf(this, args[0]))) step();
      return method.apply(this, args);
    };
  }
};

const isRead = (sql: unknown): boolean => /^\s*(select|pragma \w+$)/i.test(`${sql}`);

const ofStatement = (self: unknown): unknown => (self as StatementSync).sourceSQL;
const ofQuery = (_: unknown, given: unknown): unknown =>
  typeof given === 'object' ? (given as pg.QueryConfig).text : given;

const askedIn = ({ headers }: IncomingMessage, name: string): number => Number(headers[name] ?? 0);

/** Hears of requests before the server does. */
const listen = (): void => {
  const servers = Server.prototype as unknown as Methods;
  const emit = servers['emit'];
  if (emit === undefined) throw new Error('servers do not emit');
  servers['emit'] = function (this: unknown, ...args: never[]) {
    const [name, request, reply] = args as unknown as readonly [string, IncomingMessage, ServerResponse];
    if (name !== 'request') return emit.apply(this, args);
    const [now, after] = [askedIn(request, 'x-fail-point'), askedIn(request, 'x-fail-point-after')];
    if (now > 0) Atomics.store(left, 0, now);
    if (now > 0 || after > 0)
      reply.once('finish', () => {
        Atomics.store(left, 0, after);
      });
    return emit.apply(this, args);
  };
};

breakAt(DatabaseSync.prototype, ['exec']);
breakAt(StatementSync.prototype, ['all', 'get', 'run'], ofStatement);
breakAt(pg.Client.prototype, ['query'], ofQuery);
breakAt(ServerResponse.prototype, ['writeHead', 'end']);
breakAt(fs, ['open', 'rename', 'rm', 'utimes']);
// Handles of files have a class that nobody exports.
const handle = await fs.open(process.execPath, 'r');
breakAt(Object.getPrototypeOf(handle), ['write', 'sync', 'datasync']);
await handle.close();
syncBuiltinESMExports();
listen();
