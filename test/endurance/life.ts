import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf } from '../support/child-processes.ts';
import type { Place } from './place.ts';

const main = fileURLToPath(new URL('../../src/server/main.js', import.meta.url));
/** As the server has it for its own modules; those of the preloads come before it could say so. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/muster', import.meta.url));
/** Longer than any start here takes, also where dozens of processes share one processor. */
const PATIENCE = 180_000;

/** A server from its start to its end. */
export type Life = {
  readonly pid: number;
  /** Milliseconds from the start of the process until it answered that it is ready. */
  readonly readyAfter: number;
  /** Seconds of processor time until then; this does not grow with what else the machine does. */
  readonly workUntilReady: number;
  /** Its lines of level `error` and above, and what it wrote to standard error. */
  readonly complaints: readonly string[];
  /** Resolves when it is gone and all that it said was heard, with what it ended by. */
  readonly gone: Promise<string>;
  readonly isGone: () => boolean;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type HowToStart = {
  /** Modules that are loaded before the server. */
  readonly preloads?: readonly URL[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs the server, with its arguments; the server is then its child. */
  readonly under?: readonly string[];
};

const LINES = 200;

const listen = (
  child: ChildProcess,
): { readonly complaints: readonly string[]; readonly said: Promise<void> } => {
  const complaints: string[] = [];
  const complain = (line: string): void => {
    if (complaints.length < LINES) complaints.push(line);
  };
  const said = new Promise<void>((resolve) => {
    if (child.stdout === null || child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', complain);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/^\{.*"msg":"ready"/.test(line)) resolve();
      // A kill may have cut the line off.
      if (Number(/^\{"level":(\d+)/.exec(line)?.[1]) >= 50) complain(line);
    });
  });
  return { complaints, said };
};

/** Linux counts it in ticks of 10 ms: proc(5), fields 14 and 15 of stat. */
const workOf = (pid: number): number => {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const answersReady = async (url: string): Promise<void> => {
  for (;;) {
    const { status } = await fetch(`${url}/readyz`);
    if (status === 200) return;
    await sleep(5);
  }
};

/** Starts a server at a place, and waits until it says and answers that it is ready. */
export const startLife = async ({ url, env }: Place, how: HowToStart = {}): Promise<Life> => {
  const [program = process.execPath, ...words] = [...(how.under ?? []), process.execPath];
  const preloads = (how.preloads ?? []).flatMap((preload) => ['--import', preload.href]);
  const began = performance.now();
  const child = spawn(program, [...words, '--no-warnings', ...preloads, main], {
    env: { ...env, NODE_COMPILE_CACHE: compiled, ...how.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  const gone = once(child, 'close').then(([code, signal]) => {
    process.off('exit', end);
    return `${signal ?? code}`;
  });
  const { complaints, said } = listen(child);
  const hopeless = new AbortController();
  const late = sleep(PATIENCE, 'it was not ready in time', { signal: hopeless.signal });
  try {
    const isReady = said.then(() => answersReady(url)).then(() => undefined);
    const why = await Promise.race([isReady, gone, late]);
    if (why !== undefined) throw new Error(`the server did not start (${why}):\n${complaints.join('\n')}`);
  } catch (error) {
    end();
    throw error;
  } finally {
    late.catch(() => undefined);
    hopeless.abort();
  }
  const started = child.pid ?? 0;
  const pid = how.under === undefined ? started : (childrenOf(started)[0] ?? 0);
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const signal = async (name: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (!isGone()) process.kill(pid, name);
    await gone;
  };
  return {
    pid,
    readyAfter: performance.now() - began,
    workUntilReady: workOf(pid),
    complaints,
    gone,
    isGone,
    kill: () => signal('SIGKILL'),
    stop: () => signal('SIGTERM'),
  };
};
