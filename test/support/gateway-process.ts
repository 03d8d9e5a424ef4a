import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AgentLine, AgentOptions } from './gateway-agent.ts';

const script = fileURLToPath(new URL('./gateway-agent.ts', import.meta.url));

/** A gateway in a process of its own. */
export type GatewayProcess = {
  /** All that it told so far. */
  readonly lines: readonly AgentLine[];
  /** Names and ids of the commands that it was handed, in order. */
  readonly commands: () => readonly { readonly command: string; readonly id: string }[];
  /** Its exit status, once it has ended by itself. */
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
};

const running = new Set<GatewayProcess>();

/** Starts a gateway; it enrols and does what it is told until it is stopped. */
export const startGateway = async (options: AgentOptions): Promise<GatewayProcess> => {
  await mkdir(options.directory, { recursive: true });
  const { PATH } = process.env;
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    env: { ...(PATH && { PATH }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: AgentLine[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const gateway: GatewayProcess = {
    lines,
    ended,
    commands: () =>
      lines.flatMap((line) => ('command' in line ? [{ command: line.command, id: line.id }] : [])),
    stop: () => stop(child, ended).finally(() => running.delete(gateway)),
  };
  running.add(gateway);
  return gateway;
};

const stop = async (child: ChildProcess, ended: Promise<unknown>): Promise<void> => {
  child.kill('SIGKILL');
  await ended;
};

/** Stops every gateway that still runs. */
export const stopAllGateways = async (): Promise<void> => {
  await Promise.all([...running].map((gateway) => gateway.stop()));
};
