import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '../domain/time.ts';
import { ifThere } from './files.ts';

/** `<host>-<process>-<random>`: whose uploads are in it. */
const OWNED = /^(.*)-(\d+)-[0-9a-f-]{36}$/;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Whether nobody writes there any more; that of a process on another machine is not known. */
const isOver = (name: string): boolean => {
  const [, host, pid] = OWNED.exec(name) ?? [];
  if (host === undefined) return true;
  return host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)));
};

/** A folder of this process alone for uploads under way; takes away those of processes of this machine that are no more. */
export const openIncoming = async (root: string, mode: number): Promise<string> => {
  await mkdir(root, { recursive: true, mode });
  for (const name of await readdir(root))
    if (isOver(name)) await rm(join(root, name), { recursive: true, force: true });
  const own = join(root, `${hostname()}-${process.pid}-${randomUUID()}`);
  await mkdir(own, { mode });
  return own;
};

/** Takes away what nobody has written to since an instant, but for one folder; answers how many files that were. */
export const abandonIncoming = async (root: string, own: string, before: Instant): Promise<number> => {
  let count = 0;
  for (const name of await readdir(root)) {
    const folder = join(root, name);
    const files = folder === own ? undefined : await ifThere(readdir(folder));
    if (files === undefined) continue;
    const found = await Promise.all(
      [folder, ...files.map((file) => join(folder, file))].map((path) => ifThere(stat(path))),
    );
    if (found.some((each) => each !== undefined && each.mtimeMs >= before)) continue;
    await rm(folder, { recursive: true, force: true });
    count += files.length;
  }
  return count;
};
