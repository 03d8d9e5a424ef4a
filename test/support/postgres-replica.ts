import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresServer, serveCluster, startCluster } from './postgres.ts';
import { findPostgres, unprivilegedUser } from './postgres-binaries.ts';

const run = promisify(execFile);

/** A server and a streaming replica of it: hot, read-only, and a moment behind. */
export type Replicated = {
  readonly primary: PostgresServer;
  readonly replica: PostgresServer;
  readonly stop: () => Promise<void>;
};

/** Both as processes of their own; `undefined` where there is no PostgreSQL to start. */
export const startReplicated = async (): Promise<Replicated | undefined> => {
  const binaries = findPostgres();
  if (binaries === undefined) return undefined;
  const primary = await startCluster(binaries);
  const user = unprivilegedUser();
  const directory = await mkdtemp(join(tmpdir(), 'muster-replica-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    if (user) await chown(directory, user.uid, user.gid);
    const options = ['--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast', '--no-sync'];
    await run(
      join(binaries, 'pg_basebackup'),
      [`--dbname=${primary.url}`, `--pgdata=${directory}/data`, ...options],
      { cwd: directory, ...user },
    );
    const { password } = new URL(primary.url);
    const replica = await serveCluster({ binaries, directory, user, password });
    const stop = async (): Promise<void> => {
      await replica.stop();
      await remove();
      await primary.stop();
    };
    return { primary, replica, stop };
  } catch (error) {
    await remove();
    await primary.stop();
    throw error;
  }
};
