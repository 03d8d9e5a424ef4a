import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildServer } from '../src/server/build-server.ts';
import { startProcess } from './bench/process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'src/server/main.js');

describe('main.js', () => {
  let place = '';
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  };
  const stampOf = async (path: string) => {
    const { size, mtimeMs } = await stat(join(place, path));
    return [path, size, Math.floor(mtimeMs / 1_000)];
  };
  const started = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(place, 'src/server/main.js')]);
    return stdout.trim();
  };
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'muster-bundle-'));
    await put('package.json', '{"type":"module"}');
    await put('src/server/main.ts', "console.log('sources');");
    await put('dist/server/main.mjs', "console.log('bundle');");
    await put('dist/server/made-of.json', JSON.stringify([await stampOf('src/server/main.ts')]));
    await copyFile(main, join(place, 'src/server/main.js'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it('takes the bundle of the sources as they are', async () => {
    expect(await started()).toBe('bundle');
  });

  it('takes it after its files were copied without what is below a second', async () => {
    const { mtimeMs } = await stat(join(place, 'src/server/main.ts'));
    const second = Math.floor(mtimeMs / 1_000);
    await utimes(join(place, 'src/server/main.ts'), second, second);
    expect(await started()).toBe('bundle');
  });

  it.each<readonly [string, () => Promise<void>]>([
    ['one of them was changed', () => put('src/server/main.ts', "console.log('sources') ;")],
    ['one of them was written later', () => utimes(join(place, 'src/server/main.ts'), 1, 1)],
    ['one of them is gone', () => put('dist/server/made-of.json', '[["src/gone.ts",1,1]]')],
    ['it does not say what it was made of', () => rm(join(place, 'dist/server/made-of.json'))],
    ['it was cut off', () => put('dist/server/made-of.json', '[["src/ser')],
    ['there is none', () => rm(join(place, 'dist'), { recursive: true })],
  ])('takes the sources when %s', async (_, change) => {
    await change();
    expect(await started()).toBe('sources');
  });
});

describe('the bundle of the server', () => {
  const name = `server-of-test-${process.pid}`;
  const directory = join(root, 'dist', name);
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('serves what the sources serve, and says what it was made of', async () => {
    await buildServer(name);
    const data = await mkdtemp(join(tmpdir(), 'muster-bundle-'));
    const server = await startProcess({
      args: [join(directory, 'main.mjs')],
      env: {
        ...process.env,
        MUSTER_DATA: data,
        MUSTER_PORT: '0',
        MUSTER_ADMIN_PASSWORD: 'correct horse battery',
      },
    });
    try {
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
      for (const path of ['readyz', 'api/v1/openapi.json', 'api/v1/docs']) {
        const reply = await fetch(`${server.url}/${path}`);
        expect([path, reply.status]).toEqual([path, 200]);
        if (path.endsWith('.json')) expect(await reply.json()).toMatchObject({ info: { version } });
      }
    } finally {
      await server.stop();
      await rm(data, { recursive: true, force: true });
    }
    const stamp = JSON.parse(await readFile(join(directory, 'made-of.json'), 'utf8')) as [
      string,
      number,
      number,
    ][];
    const sources = stamp.map(([path]) => path);
    expect(sources).toEqual(
      expect.arrayContaining([
        ...[
          'src/server/main.ts',
          'src/store/sqlite-thread.ts',
          'src/store/postgres.ts',
          'src/domain/update.ts',
        ],
        expect.stringMatching(/node_modules\/kysely\/package\.json$/),
        expect.stringMatching(/node_modules\/typebox\/package\.json$/),
      ]),
    );
    expect(sources.filter((path) => !path.startsWith('src/'))).toHaveLength(2);
    for (const [path, size] of stamp) expect((await stat(join(root, path))).size).toBe(size);
  });

  it('finds what it looks for beside its sources, wherever it is moved with them', async () => {
    await buildServer(name);
    const chunks = (await readdir(directory)).filter((file) => file.endsWith('.mjs'));
    const texts = await Promise.all(chunks.map((file) => readFile(join(directory, file), 'utf8')));
    expect(texts.join('')).not.toContain(root);
    const beside = texts.flatMap((text) => [
      ...text.matchAll(/new URL\("([^"]*)", new URL\("([^"]*)", import\.meta\.url\)\)/g),
    ]);
    expect(beside.length).toBeGreaterThan(4);
    for (const [, path = '', own = ''] of beside) {
      const found = new URL(path, new URL(own, `file://${directory}/`));
      // What is compiled is there after the first start, the console once it is built.
      if (!/node_modules|dist/.test(path)) expect((await stat(found)).isFile()).toBe(true);
    }
    const uses = texts.join('').match(/import\.meta\.\w+/g)?.length;
    expect(uses).toBe(beside.length + 1);
  });
});
