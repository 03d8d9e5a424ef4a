import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of Muster, with what it has written so far. */
export type MusterProcess = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit status; `null` when it was killed. */
  readonly exit: Promise<number | null>;
};

const sources = new URL('../../src/', import.meta.url);
const running = new Set<ChildProcess>();

/** Starts a script, named from `src` on or by its whole path, with nothing of the environment of the tests but the path and what is given. */
export const launch = (
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): MusterProcess => {
  const { PATH } = process.env;
  const path = fileURLToPath(new URL(script, sources));
  const child = spawn(process.execPath, ['--no-warnings', path, ...args], {
    env: { ...(PATH && { PATH }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes;
  });
  const exit = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, out: () => out, err: () => err, exit };
};

/** The command line, run to its end. */
export const muster = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const { exit, out, err } = launch('cli/main.ts', args, env);
  const code = await exit;
  return { code, out: out(), err: err() };
};

/** Looks again and again until there is something; nothing else tells that another process is so far. */
export const until = async <Value>(look: () => Value | undefined | null | false): Promise<Value> => {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const value = look();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error('it did not come');
};

/** A server that is ready, and its URL. */
export const serve = async (env: Readonly<Record<string, string>>, script = 'server/main.ts') => {
  const server = launch(script, [], { MUSTER_PORT: '0', ...env });
  const url = await until(() => /"url":"([^"]+)","msg":"ready"/.exec(server.out())?.[1]);
  const stop = async (): Promise<number | null> => {
    server.child.kill('SIGTERM');
    return server.exit;
  };
  return { ...server, url, stop };
};

/** Ends what a test that failed has left. */
export const killLaunched = (): void => {
  for (const child of running) child.kill('SIGKILL');
};
process.once('exit', killLaunched);
