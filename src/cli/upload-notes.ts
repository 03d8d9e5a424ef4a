import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configPath } from './config-file.ts';
import type { CliEnv } from './env.ts';

type Notes = Readonly<Record<string, string>>;

/** More than these were given up long ago. */
const MOST = 20;

const pathOf = (env: CliEnv): string => join(dirname(configPath(env)), 'uploads.json');

const readNotes = async (env: CliEnv): Promise<Notes> => {
  try {
    const found: unknown = JSON.parse(await readFile(pathOf(env), 'utf8'));
    const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
};

/** The id of an upload of these bytes that was begun earlier and not finished. */
export const notedUpload = async (env: CliEnv, key: string): Promise<string | undefined> =>
  (await readNotes(env))[key];

/** Notes the upload of some bytes, or that there is none any more. Where nothing can be written, nothing is noted. */
export const noteUpload = async (env: CliEnv, key: string, id: string | undefined): Promise<void> => {
  const { [key]: _, ...others } = await readNotes(env);
  const notes = Object.entries(others).slice(1 - MOST);
  try {
    const path = pathOf(env);
    const draft = `${path}.${process.pid}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const all = id === undefined ? notes : [...notes, [key, id] as const];
    await writeFile(draft, JSON.stringify(Object.fromEntries(all)), { mode: 0o600 });
    await rename(draft, path);
  } catch {
    // An upload that was not noted begins anew.
  }
};
