import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hardware, type Signer } from './swu.ts';

/** Why tests with SWUpdate are skipped. */
export const NO_SWUPDATE = 'swupdate or openssl was not found';

const isInstalled = (program: string, question: string): boolean =>
  spawnSync(program, [question]).error === undefined;

/** Whether the stock client is here, with what signs its images; throws where it is not and `CI=true`. */
export const hasSwupdate = (): boolean => {
  if (isInstalled('swupdate', '--version') && isInstalled('openssl', 'version')) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_SWUPDATE);
  console.warn(`${NO_SWUPDATE}: tests that need them are skipped`);
  return false;
};

/** What the state that a device keeps over a restart tells SWUpdate: to try again, or how the update went. */
export const verdicts = { again: 1, succeeded: 2, failed: 3 } as const;

export type DeviceSettings = {
  /** Its own; sockets and unpacked scripts are kept there. The path has to be short. */
  readonly directory: string;
  readonly signer: Signer;
  readonly server: string;
  readonly id: string;
  readonly proof: { readonly kind: 'target' | 'gateway'; readonly secret: string };
  readonly verdict?: keyof typeof verdicts;
  /** What it tells of itself. */
  readonly attributes?: Readonly<Record<string, string>>;
};

export type DeviceProcess = {
  /** All it wrote so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
};

const running = new Map<DeviceProcess, string>();

/** The end of what the running processes of one device wrote, for whoever looks for the fault. */
export const lastWordsOf = (id: string): string =>
  [...running]
    .filter(([, whose]) => whose === id)
    .map(([device]) => device.log().slice(-6000))
    .join('\n---\n');

/** Starts SWUpdate as the daemon of a device. */
export const startSwupdate = async (settings: DeviceSettings): Promise<DeviceProcess> => {
  const { directory, signer } = settings;
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, 'swupdate.cfg');
  await writeFile(configuration, configurationOf(settings.attributes ?? {}));
  const files = ['-f', configuration, '-k', signer.certificate];
  const board = `${hardware.board}:${hardware.revision}`;
  const { PATH } = process.env;
  const start = () =>
    spawn('swupdate', ['-v', ...files, '-H', board, '-u', suricattaArguments(settings)], {
      // A group of its own, since it starts further processes.
      detached: true,
      env: { ...(PATH && { PATH }), TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const daemon = keepUp(start);
  const device = { log: daemon.log, stop: () => daemon.stop().finally(() => running.delete(device)) };
  running.set(device, settings.id);
  return device;
};

const STARTS = 20;

/**
 * The daemon, started again when it ends by itself, as the init system of a device would: two that start at the same
 * instant may choose the same name for a socket, and one of them then exits.
 */
const keepUp = (start: () => ChildProcess): DeviceProcess => {
  let stopped = false;
  let starts = 0;
  let lost = '';
  const up = (): { child: ChildProcess; log: () => string } => {
    starts += 1;
    const child = start();
    const log = collect(child);
    child.once('close', (status, signal) => {
      if (stopped || starts >= STARTS) return;
      lost += `${log()}\n--- it ended by itself: ${signal ?? status} ---\n`;
      now = up();
    });
    return { child, log };
  };
  let now = up();
  return {
    log: () => lost + now.log(),
    stop: () => {
      stopped = true;
      return stop(now.child);
    },
  };
};

/** Stops every device that still runs. */
export const stopAllSwupdates = async (): Promise<void> => {
  await Promise.all([...running.keys()].map(({ stop }) => stop()));
};

const configurationOf = (attributes: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(attributes).map(
    ([name, value]) => `{ name = ${JSON.stringify(name)}; value = ${JSON.stringify(value)}; }`,
  );
  return `globals : { verbose = true; };\nidentify : ( ${pairs.join(', ')} );\n`;
};

const suricattaArguments = ({ server, id, proof, verdict }: DeviceSettings): string => {
  const token = [proof.kind === 'target' ? '-k' : '-g', proof.secret];
  // One second between its first contacts, and before it resumes; later the server says how often to come.
  const pace = ['-p', '1', '-r', '5', '-w', '1'];
  const told = verdict === undefined ? [] : ['-c', `${verdicts[verdict]}`];
  return ['-t', 'DEFAULT', '-u', server, '-i', id, ...token, ...pace, ...told].join(' ');
};

const collect = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      text += bytes;
    });
  }
  return () => text;
};

const PATIENCE = 3000;

const stop = async (child: ChildProcess): Promise<void> => {
  const gone = child.exitCode !== null || child.signalCode !== null;
  const exited = gone ? Promise.resolve() : once(child, 'exit');
  child.kill('SIGTERM');
  await Promise.race([exited, sleep(PATIENCE, undefined, { ref: false })]);
  killGroup(child);
  await exited;
};

/** Whatever it started and left behind. */
const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
};
