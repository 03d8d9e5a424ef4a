import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDiskBlobs } from '../src/blobs/disk.ts';
import { openMemoryBlobs } from '../src/blobs/memory.ts';
import { blobsContract } from './contract/blobs.ts';
import { noteFigure } from './support/figures.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

const makeDirectory = () => mkdtemp(join(tmpdir(), 'blobs-'));
/** But for the sums of blocks, which are beside their blob. */
const filesIn = async (directory: string) => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.sums'));
  return files.map((entry) => join(entry.parentPath, entry.name));
};

blobsContract('memory', async () => ({
  blobs: openMemoryBlobs(),
  leftovers: async () => [],
  close: async () => {},
}));

blobsContract('disk', async () => {
  const directory = await makeDirectory();
  const blobs = await openDiskBlobs(join(directory, 'new', 'blobs'));
  return {
    blobs,
    leftovers: async () => {
      const listed = new Set((await Array.fromAsync(blobs.list())).map(({ sha256 }) => sha256));
      return (await filesIn(directory)).filter((file) => !listed.has(file.slice(-64)));
    },
    close: async () => {
      await blobs.close();
      await rm(directory, { recursive: true });
    },
  };
});

describe('blobs in memory', () => {
  it('are full at their capacity', async () => {
    const blobs = openMemoryBlobs({ capacity: 100 });
    const put = (size: number) => blobs.put(Readable.from([Buffer.alloc(size)]), Number.POSITIVE_INFINITY);
    expect(await put(60)).toMatchObject({ ok: true });
    expect(await put(41)).toEqual({ ok: false, refusal: { code: 'storage-full' } });
    expect(await put(40)).toMatchObject({ ok: true });
  });
});

describe('blobs on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await makeDirectory();
  });
  afterEach(() => rm(directory, { recursive: true }));

  const script = (name: string) => join(import.meta.dirname, 'support', name);

  it('are readable by the owner alone', async () => {
    const root = join(directory, 'blobs');
    const blobs = await openDiskBlobs(root);
    await blobs.put(Readable.from([Buffer.from('secret')]), 100);
    const [file = ''] = await filesIn(root);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const path of [root, join(root, 'arriving'), join(root, '00')]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
  });

  it('survive a restart, which clears what an earlier process left half done', async () => {
    const first = await openDiskBlobs(directory);
    const kept = await first.put(Readable.from([Buffer.alloc(MIB, 5)]), MIB);
    await first.close();
    await mkdir(join(directory, 'arriving'), { recursive: true });
    await writeFile(join(directory, 'arriving', 'half'), 'half');
    const second = await openDiskBlobs(directory);
    if (!kept.ok) throw new Error('refused');
    expect(await second.size(kept.value.sha256)).toBe(MIB);
    expect(await filesIn(directory)).toHaveLength(1);
  });

  it('take away what processes of this machine left that are no more, and nothing of those that are', async () => {
    const first = await openDiskBlobs(directory);
    const incoming = join(directory, 'arriving');
    const dead = `${hostname()}-4194305-${'0'.repeat(36)}`;
    const elsewhere = `elsewhere-${process.pid}-${'0'.repeat(36)}`;
    const alive = `${hostname()}-${process.ppid}-${'0'.repeat(36)}`;
    for (const folder of [dead, elsewhere, alive]) {
      await mkdir(join(incoming, folder));
      await writeFile(join(incoming, folder, 'half'), 'half');
    }
    await first.close();
    const second = await openDiskBlobs(directory);
    const [own, ...others] = (await readdir(incoming)).filter((name) => ![elsewhere, alive].includes(name));
    expect(others).toEqual([]);
    expect(own).toContain(`${process.pid}-`);
    expect(await second.abandon(Date.now() - 60_000)).toBe(0);
    const old = new Date(Date.now() - 120_000);
    for (const path of [elsewhere, join(elsewhere, 'half')]) await utimes(join(incoming, path), old, old);
    expect(await second.abandon(Date.now() - 60_000)).toBe(1);
    expect((await readdir(incoming)).toSorted()).toEqual([own, alive].toSorted());
    await second.close();
    expect(await readdir(incoming)).toEqual([alive]);
  });

  it('are taken by a process whose own folder another one took away since nothing had come for a day', async () => {
    const [idle, other] = [await openDiskBlobs(directory), await openDiskBlobs(directory)];
    const incoming = join(directory, 'arriving');
    const old = new Date(Date.now() - 120_000);
    for (const folder of await readdir(incoming)) await utimes(join(incoming, folder), old, old);
    await other.abandon(Date.now() - 60_000);
    expect(await readdir(incoming)).toHaveLength(1);
    const put = await idle.put(Readable.from([Buffer.from('late')]), MIB);
    if (!put.ok) throw new Error('refused');
    expect(await other.size(put.value.sha256)).toBe(4);
    await idle.close();
    await other.close();
  });

  it('are there again that a process had taken away before it was killed', async () => {
    const [blobs, other] = [await openDiskBlobs(directory), await openDiskBlobs(directory)];
    const put = await blobs.put(Readable.from([Buffer.from('content')]), MIB);
    if (!put.ok) throw new Error('refused');
    const { sha256 } = put.value;
    const [path, taken] = [join(directory, sha256.slice(0, 2), sha256), join(directory, 'leaving', sha256)];
    await rename(path, taken);
    await other.abandon(0);
    expect((await stat(path)).nlink).toBe(1);
    await rename(path, taken);
    await other.close();
    const third = await openDiskBlobs(directory);
    expect(await blobs.size(sha256)).toBe(7);
    expect(await readdir(join(directory, 'leaving'))).toEqual([]);
    await third.close();
    await blobs.close();
  });

  it('stay as they were put last where the same had been taken away before', async () => {
    const blobs = await openDiskBlobs(directory);
    const put = () => blobs.put(Readable.from([Buffer.from('content')]), MIB);
    const first = await put();
    if (!first.ok) throw new Error('refused');
    const { sha256 } = first.value;
    await rename(join(directory, sha256.slice(0, 2), sha256), join(directory, 'leaving', sha256));
    await put();
    const storedAt = async () => (await Array.fromAsync(blobs.list())).map((each) => each.storedAt);
    const before = await storedAt();
    await blobs.abandon(0);
    expect(await storedAt()).toEqual(before);
    expect(await readdir(join(directory, 'leaving'))).toEqual([]);
    await blobs.close();
  });

  it('replace a file that lost some of its bytes', async () => {
    const blobs = await openDiskBlobs(directory);
    const put = () => blobs.put(Readable.from([Buffer.from('content')]), 100);
    await put();
    const [file = ''] = await filesIn(directory);
    await writeFile(file, 'cont');
    await put();
    expect((await stat(file)).size).toBe(7);
  });

  it.runIf(process.platform !== 'win32')(
    'are read where there is no room for the sums of their blocks',
    async () => {
      const blobs = await openDiskBlobs(directory);
      const put = await blobs.put(Readable.from([Buffer.alloc(3 * MIB, 7)]), 4 * MIB);
      if (!put.ok) throw new Error('refused');
      const { sha256 } = put.value;
      const sums = join(directory, sha256.slice(0, 2), `${sha256}.sums`);
      await rm(sums);
      const child = [process.execPath, script('read-on-full-disk.ts'), directory, sha256];
      const { stdout } = await run('/bin/sh', ['-c', 'ulimit -f 0 && exec "$@"', 'sh', ...child]);
      expect(JSON.parse(stdout)).toEqual({ bytes: 3 * MIB });
      await expect(stat(sums)).rejects.toThrow('ENOENT');
      expect(await filesIn(directory)).toHaveLength(1);
      await blobs.close();
    },
  );

  it.runIf(process.platform !== 'win32')('refuse what does not fit, and keep working', async () => {
    const limited = 'ulimit -f 4096 && exec "$@"';
    const child = [process.execPath, script('full-disk.ts'), directory, `${16 * MIB}`, `${MIB}`];
    const { stdout } = await run('/bin/sh', ['-c', limited, 'sh', ...child]);
    expect(JSON.parse(stdout)).toEqual([
      { ok: false, refusal: { code: 'storage-full' } },
      { ok: true, value: expect.objectContaining({ size: MIB }) },
    ]);
    expect(await filesIn(directory)).toHaveLength(1);
    await noteFigure({
      ...{ id: 'R-06', part: 'disk', seed: null, pass: true },
      result: 'refused, nothing left, the next one taken',
      command: 'vitest run test/blobs.test.ts',
    });
  });

  it('take any size in the same memory', { timeout: 60_000 }, async () => {
    const peak = async (size: number) => {
      const { stdout } = await run(process.execPath, [script('large-put.ts'), directory, `${size}`, '64']);
      return Number(stdout);
    };
    const [small, large] = [await peak(8 * MIB), await peak(64 * MIB)];
    expect(large).toBeLessThan(150);
    expect(large - small).toBeLessThan(32);
  });
});
