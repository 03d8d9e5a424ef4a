import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server in a process of its own. */
export type Running = {
  readonly url: string;
  /** Peak resident memory in MiB so far; undefined where the system does not tell. */
  readonly peakMemory: () => number | undefined;
  /** Resident memory in MiB now; undefined where the system does not tell. */
  readonly memory: () => number | undefined;
  /** Processor time in seconds so far, of all its threads; undefined where the system does not tell. */
  readonly processorTime: () => number | undefined;
  /** What it told in plain words, as it does with the first password. */
  readonly words: () => string;
  readonly stop: () => Promise<void>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
};

type How = {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
};

/** Starts a script of Node and waits for the line in which it says that it is ready, and where. */
export const startProcess = async ({ args, env = process.env }: How): Promise<Running> => {
  const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  process.once('exit', kill);
  const words: string[] = [];
  const url = await Promise.race([readiness(child, words), failure(child, args)]).catch((error: unknown) => {
    kill();
    throw error;
  });
  return {
    url,
    words: () => words.join('\n'),
    peakMemory: () => memoryOf(child, 'VmHWM'),
    memory: () => memoryOf(child, 'VmRSS'),
    processorTime: () => processorTime(child),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
};

const readiness = ({ stdout }: ChildProcess, words: string[]): Promise<string> =>
  new Promise((resolve) => {
    if (stdout === null) return;
    // The lines after it are read too, since a pipe that nobody reads would stop the server.
    createInterface({ input: stdout }).on('line', (line) => {
      const told = line.startsWith('{') ? JSON.parse(line) : {};
      if (!line.startsWith('{')) words.push(line);
      if (told.msg === 'ready') resolve(told.url);
      else if (told.level >= 50) console.error(line);
    });
  });

const PATIENCE = 60_000;

const failure = async (child: ChildProcess, args: readonly string[]): Promise<never> => {
  await Promise.race([once(child, 'exit'), sleep(PATIENCE, undefined, { ref: false })]);
  throw new Error(`${args.join(' ')} did not become ready`);
};

const fromProc = (child: ChildProcess, file: string): string | undefined =>
  process.platform === 'linux' ? readFileSync(`/proc/${child.pid}/${file}`, 'utf8') : undefined;

const memoryOf = (child: ChildProcess, what: 'VmHWM' | 'VmRSS'): number | undefined => {
  const lines = fromProc(child, 'status')?.split('\n') ?? [];
  const line = lines.find((one) => one.startsWith(`${what}:`));
  return line === undefined ? undefined : Number(/(\d+) kB$/.exec(line)?.[1]) / 1024;
};

/** Linux counts it in ticks of 10 ms to programs: proc(5), fields 14 and 15 of stat. */
const processorTime = (child: ChildProcess): number | undefined => {
  const fields = fromProc(child, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / 100;
};
