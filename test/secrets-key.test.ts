import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../src/server/config.ts';
import { openSealing } from '../src/server/secrets-key.ts';

const run = promisify(execFile);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-key-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (...keys: readonly string[]) =>
  openSealing({ dataDirectory: directory, secrets: keys.length === 0 ? {} : { keys } });
const file = () => join(directory, 'secrets.key');

describe('the key for secrets', () => {
  it('is made at the first start, for the owner alone, and is the same at the next', async () => {
    const sealed = open().seal('secret', 'a');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readFile(file(), 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect(await readdir(directory)).toEqual(['secrets.key']);
    expect(open().open(sealed, 'a')).toBe('secret');
  });

  it('is one for all processes that start at once', async () => {
    const module = new URL('../src/server/secrets-key.ts', import.meta.url).href;
    const script = `const { openSealing } = await import(${JSON.stringify(module)});
      const given = { dataDirectory: ${JSON.stringify(directory)}, secrets: {} };
      process.stdout.write(openSealing(given).derive('test'));`;
    const starts = Array.from({ length: 4 }, () =>
      run(process.execPath, ['--input-type=module', '-e', script]),
    );
    const keys = (await Promise.all(starts)).map(({ stdout }) => stdout);
    expect(keys).toEqual(Array.from({ length: 4 }, () => open().derive('test')));
    expect(await readdir(directory)).toEqual(['secrets.key']);
  });

  it.each([
    ['empty', ''],
    ['cut', 'AAAA'],
    ['another file', '{"key":"hunter2"}'],
  ])('is not replaced when its file is %s: the start ends with a sentence', async (_, text) => {
    await writeFile(file(), text);
    const starting = () => open();
    expect(starting).toThrow(ConfigError);
    expect(starting).toThrow(/MUSTER_SECRETS_KEY: expected the base64 of 32 bytes in .+secrets\.key/);
    expect(starting).not.toThrow(/hunter2/);
    expect(await readFile(file(), 'utf8')).toBe(text);
  });

  it('as a setting leaves the directory alone', async () => {
    const [old, next] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
    const sealed = open(old).seal('secret', 'a');
    expect(open(next, old).open(sealed, 'a')).toBe('secret');
    expect(open(next).open(sealed, 'a')).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });
});
