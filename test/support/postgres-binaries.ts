import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The oldest major version Muster supports. */
const OLDEST = 15;
const DEBIAN_ROOT = '/usr/lib/postgresql';

/** The directory of the newest supported `initdb` and `postgres`, or undefined when there is none. */
export const findPostgres = (): string | undefined =>
  [...debianDirectories(), ...(process.env['PATH'] ?? '').split(delimiter)].find(isSupported);

/** Debian keeps every major version in a directory of its own, outside the PATH. */
const debianDirectories = (): readonly string[] => {
  if (!existsSync(DEBIAN_ROOT)) return [];
  return readdirSync(DEBIAN_ROOT)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_ROOT, version, 'bin'));
};

const isSupported = (directory: string): boolean => {
  if (!['initdb', 'postgres'].every((name) => existsSync(join(directory, name)))) return false;
  const version = execFileSync(join(directory, 'postgres'), ['--version'], { encoding: 'utf8' });
  return Number(/(\d+)/.exec(version)?.[1]) >= OLDEST;
};

export type SystemUser = { readonly uid: number; readonly gid: number };

/** PostgreSQL refuses to run as root: then another user has to own the cluster. */
export const unprivilegedUser = (): SystemUser | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const user = ['postgres', 'nobody'].map(systemUser).find((found) => found !== undefined);
  if (user === undefined) throw new Error('running as root, and there is no user postgres or nobody');
  return user;
};

const systemUser = (name: string): SystemUser | undefined => {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
};
