import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readCliEnv } from '../../src/cli/env.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { run } from '../../src/cli/run.ts';
import { type Client, createClient } from '../../src/client/muster.ts';

const server = fileURLToPath(new URL('../../src/server/main.ts', import.meta.url));
export const cliMain = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
export const cliLauncher = fileURLToPath(new URL('../../src/cli/muster.js', import.meta.url));

export const password = 'correct horse battery';

/** How a command line went. */
export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type RunOptions = {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Draws for a terminal. */
  readonly terminal?: boolean;
  /** Is told of everything that goes to standard output. */
  readonly heard?: (text: string) => void;
};

/** Runs a command line in this process. */
export const runCli = async (
  args: readonly string[],
  { stdin = '', env = {}, signal, terminal = false, heard }: RunOptions = {},
): Promise<Ran> => {
  let [out, err] = ['', ''];
  const say = (text: string): void => {
    out += text;
    heard?.(text);
  };
  const ending = await run(args, {
    out: say,
    err: (text) => {
      err += text;
    },
    sink: () =>
      new Writable({
        write: (chunk: Buffer, _, done) => {
          say(chunk.toString());
          done();
        },
      }),
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    env: readCliEnv(env),
    terminal: { out: terminal, err: terminal, columns: 100 },
    signal: signal ?? new AbortController().signal,
  });
  return { code: exitCodes[ending].code, out, err };
};

/** A server in a process of its own, and a command line that is signed in to it. */
export type CliWorld = {
  readonly url: string;
  readonly directory: string;
  /** What a command line has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly client: Client;
  /** The bearer secret of the administrator. */
  readonly token: string;
  readonly muster: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** The same in a process of its own. */
  readonly start: (args: readonly string[], env?: Readonly<Record<string, string>>) => ChildProcess;
  readonly stop: () => Promise<void>;
};

const startServer = async (
  directory: string,
): Promise<{ readonly child: ChildProcess; readonly url: string }> => {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [server], {
    env: {
      ...{
        PATH,
        HOME,
        MUSTER_DATA: join(directory, 'data'),
        MUSTER_PORT: '0',
        MUSTER_ADMIN_PASSWORD: password,
      },
      ...{ MUSTER_RATE_LIMIT: '0', MUSTER_LOGIN_RATE_LIMIT: '0', MUSTER_PUSH_ALLOW: '127.0.0.0/8' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reading = child.stdout;
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    reading.on('data', (chunk: Buffer) => {
      output += chunk;
      const found = /"url":"([^"]+)","msg":"ready"/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`the server did not start: ${output}`)));
  });
  return { child, url };
};

/** Starts a server with an empty data directory, and signs in. */
export const startCliWorld = async (): Promise<CliWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-cli-'));
  const { child, url } = await startServer(directory).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, MUSTER_CONFIG: join(directory, 'config', 'config.yaml') };
  const muster: CliWorld['muster'] = (args, options = {}) =>
    runCli(args, { ...options, env: { ...env, ...options.env } });
  const { token } = await createClient({ url }).signIn({ body: { email: 'admin@localhost', password } });
  await muster(['login', '--url', url, '--token-stdin'], { stdin: token });
  return {
    ...{ url, directory, env, muster, token },
    client: createClient({ url, token }),
    start: (args, more = {}) => spawn(process.execPath, [cliMain, ...args], { env: { ...env, ...more } }),
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
};

/** Everything that a process said, and its exit code. */
export const finished = async (child: ChildProcess, stdin?: string): Promise<Ran> => {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  if (stdin !== undefined) child.stdin?.end(stdin);
  const [code] = await once(child, 'close');
  return { code: Number(code), out, err };
};
