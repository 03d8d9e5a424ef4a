import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why tests with stock clients of DTLS and TLS are skipped. */
export const NO_PEERS = 'openssl, gnutls-cli or the clients of libcoap were not found';

const programs: readonly (readonly [string, string])[] = [
  ['openssl', 'version'],
  ['gnutls-cli', '--version'],
  ['coap-client-openssl', '-h'],
  ['coap-client-gnutls', '-h'],
];

/** Whether all of them are here; throws where one is not and `CI=true`. */
export const hasDtlsPeers = (): boolean => {
  const missing = programs.filter(
    ([program, question]) => spawnSync(program, [question]).error !== undefined,
  );
  if (missing.length === 0) return true;
  if (process.env['CI'] === 'true') throw new Error(NO_PEERS);
  console.warn(`${NO_PEERS}: tests that need them are skipped`);
  return false;
};

/** A client that runs. */
export type Peer = {
  /** All it wrote so far, on both of its outputs. */
  readonly output: () => string;
  readonly say: (line: string | Uint8Array) => void;
  /** Settles once it wrote something that matches; rejects with all it wrote when it ends before, or takes too long. */
  readonly until: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

const PATIENCE = 15_000;

/** Starts a client; `arguments_` are its own. */
export const startPeer = (program: string, arguments_: readonly string[]): Peer => {
  const child: ChildProcess = spawn(program, arguments_, { stdio: 'pipe' });
  let output = '';
  let isOver = false;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      output += bytes.toString('latin1');
      changed();
    });
  }
  // It may end while somebody still says something.
  child.stdin?.on('error', () => undefined);
  const ended = once(child, 'close').then(() => {
    isOver = true;
    changed();
  });
  return {
    output: () => output,
    say: (line) => child.stdin?.write(line),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error): void => {
          clearTimeout(timer);
          listeners.delete(check);
          if (error) reject(error);
          else resolve();
        };
        const check = (): void => {
          if (pattern.test(output)) finish();
          else if (isOver) finish(new Error(`${program} ended without ${pattern}:\n${output}`));
        };
        const timer = setTimeout(
          () => finish(new Error(`${program}: no ${pattern} in time:\n${output}`)),
          PATIENCE,
        );
        listeners.add(check);
        check();
      }),
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
};

/** Arguments of `openssl s_client` for a PSK. */
export const openssl = (
  version: '-dtls1_2' | '-tls1_2',
  port: number,
  psk: { readonly identity: string; readonly key: Uint8Array; readonly cipher: string },
  ...more: readonly string[]
): readonly string[] => [
  's_client',
  version,
  '-connect',
  `127.0.0.1:${port}`,
  '-psk_identity',
  psk.identity,
  '-psk',
  Buffer.from(psk.key).toString('hex'),
  '-cipher',
  `${psk.cipher}@SECLEVEL=0`,
  ...more,
];
