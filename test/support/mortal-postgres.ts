import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from './child-processes.ts';
import { freePort } from './free-port.ts';
import { initialise, NO_POSTGRES, serveCluster } from './postgres.ts';
import { findPostgres, unprivilegedUser } from './postgres-binaries.ts';

/** A PostgreSQL server of a test's own, which can be killed and started again where it was. */
export type MortalPostgres = {
  readonly port: number;
  readonly password: string;
  readonly url: string;
  /** All of its processes at once, as by a loss of power. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const isThere = (pid: number): boolean => existsSync(`/proc/${pid}`);

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
};

/** A new cluster with default durability; undefined without PostgreSQL, or throws where `CI=true`. */
export const startMortalPostgres = async (): Promise<MortalPostgres | undefined> => {
  const binaries = findPostgres();
  if (binaries === undefined) {
    if (process.env['CI'] === 'true') throw new Error(NO_POSTGRES);
    return undefined;
  }
  const directory = await mkdtemp(join(tmpdir(), 'muster-mortal-'));
  const password = randomBytes(16).toString('hex');
  const cluster = { binaries, directory, user: unprivilegedUser(), password };
  await initialise(cluster);
  const port = await freePort();
  let server = await serveCluster(cluster, port);
  return {
    ...{ port, password, url: server.url },
    kill: async () => {
      const all = [server.pid, ...childrenOf(server.pid)];
      for (const pid of all) end(pid);
      // What is left of it keeps the next one from starting.
      while (all.some(isThere)) await sleep(5);
      await server.stop();
    },
    start: async () => {
      server = await serveCluster(cluster, port);
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
