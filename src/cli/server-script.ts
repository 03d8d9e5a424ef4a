import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CliError } from './cli-error.ts';
import type { Io } from './io.ts';

/** What works on a data directory and a database itself, in a process of its own beside the server. */
export type ServerScript = 'restore' | 'migrate' | 'doctor' | 'move-packages';

/** Where the server keeps things; the environment says so, unless options do. */
export type Target = { readonly data?: string; readonly databaseUrl?: string };

type Line = {
  readonly step?: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly refused?: boolean;
};

/** A connection string shows in lists of processes, so that it goes by the environment. */
const envFor = ({ env }: Pick<Io, 'env'>, { data, databaseUrl }: Target) => ({
  ...env.forServer,
  ...(data !== undefined && { MUSTER_DATA: data }),
  ...(databaseUrl !== undefined && { MUSTER_DATABASE_URL: databaseUrl }),
});

/** Runs it to its end, tells each step, and answers the result. Throws `CliError` with what it says went wrong. */
export const runServerScript = async <Result>(
  io: Pick<Io, 'env' | 'err' | 'signal'>,
  script: ServerScript,
  args: readonly string[],
  target: Target = {},
): Promise<Result> => {
  const path = fileURLToPath(new URL(`../server/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', path, ...args], {
    env: envFor(io, target),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  io.signal.addEventListener('abort', stop);
  let last: Line = {};
  const closed = once(child, 'close');
  for await (const text of createInterface({ input: child.stdout })) {
    last = JSON.parse(text) as Line;
    if (last.step !== undefined) io.err(`${last.step}\n`);
  }
  const [code] = await closed;
  io.signal.removeEventListener('abort', stop);
  if (last.error !== undefined) {
    throw new CliError(last.error, { ending: last.refused === true ? 'refused' : 'failed' });
  }
  if (last.result === undefined) throw new CliError(`it ended with ${code ?? 'a signal'} and told nothing`);
  return last.result as Result;
};
