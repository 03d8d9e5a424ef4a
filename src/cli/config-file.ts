import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from './cli-error.ts';
import type { CliEnv } from './env.ts';

/** Where a server is and how to get in. */
export type Profile = {
  readonly url: string;
  readonly account?: string;
  readonly token?: string;
  /** When the token ends, ISO 8601; absent where it was not told. */
  readonly expiresAt?: string;
};

export type Config = {
  /** The profile that is used unless another is named. */
  readonly current: string;
  readonly profiles: Readonly<Record<string, Profile>>;
};

const none: Config = { current: 'default', profiles: {} };

/** `MUSTER_CONFIG`, else below `XDG_CONFIG_HOME` or `~/.config`. */
export const configPath = ({ MUSTER_CONFIG, configHome, home }: CliEnv): string => {
  if (MUSTER_CONFIG !== undefined) return MUSTER_CONFIG;
  const base = configHome ?? (home === undefined ? undefined : join(home, '.config'));
  if (base === undefined) {
    throw new CliError('there is no home directory to keep the configuration in', {
      next: 'set MUSTER_CONFIG to the path of a file',
    });
  }
  return join(base, 'muster', 'config.yaml');
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Others could read the tokens: no more than the owner's bits may be set. */
const checkMode = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  throw new CliError(`${path} can be read by others, and has tokens`, { next: `chmod 600 ${path}` });
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toProfile = (value: unknown): Profile | undefined => {
  if (!isRecord(value) || typeof value['url'] !== 'string') return undefined;
  const { url, account, token, expiresAt } = value;
  return {
    url,
    ...(typeof account === 'string' && { account }),
    ...(typeof token === 'string' && { token }),
    ...(typeof expiresAt === 'string' && { expiresAt }),
  };
};

/** The configuration; an absent file is an empty one. */
export const readConfig = async (env: CliEnv): Promise<Config> => {
  const path = configPath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return none;
    throw error;
  }
  await checkMode(path);
  const { parse } = await import('yaml');
  const parsed: unknown = parse(text) ?? {};
  if (!isRecord(parsed) || !isRecord(parsed['profiles'] ?? {}))
    throw new CliError(`${path} is no configuration of muster`, { next: 'muster login' });
  const profiles = Object.entries(parsed['profiles'] ?? {}).flatMap(([name, value]) => {
    const profile = toProfile(value);
    return profile === undefined ? [] : [[name, profile] as const];
  });
  const { current } = parsed;
  return {
    current: typeof current === 'string' ? current : none.current,
    profiles: Object.fromEntries(profiles),
  };
};

/** Replaces the file as a whole; nobody but the owner can read it at any time. */
export const writeConfig = async (env: CliEnv, config: Config): Promise<void> => {
  const path = configPath(env);
  const { stringify } = await import('yaml');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, stringify(config), { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
};
