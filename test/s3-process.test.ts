import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openS3Blobs } from '../src/blobs/s3.ts';
import { createClient } from '../src/client/muster.ts';
import { runCli } from './support/cli.ts';
import { killLaunched, launch, serve, until } from './support/muster-process.ts';
import { type S3Process, s3Options, startS3 } from './support/s3.ts';
import { startFaultyS3 } from './support/s3-faults.ts';

const password = 'correct horse battery';
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let s3: S3Process;
let directory: string;
let s3Env: Readonly<Record<string, string>>;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  killLaunched();
  await s3.stop();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-s3-server-'));
  s3Env = {
    ...{
      MUSTER_S3_BUCKET: s3.bucket,
      MUSTER_S3_ENDPOINT: s3.url,
      MUSTER_S3_PREFIX: randomBytes(4).toString('hex'),
    },
    ...{ MUSTER_S3_ACCESS_KEY: s3.keys.accessKeyId, MUSTER_S3_SECRET_KEY: s3.keys.secretAccessKey },
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const data = () => ({ MUSTER_DATA: join(directory, 'data'), MUSTER_ADMIN_PASSWORD: password });

/** A server, and a command line that is signed in to it. */
const start = async (env: Readonly<Record<string, string>>) => {
  const server = await serve({ ...data(), ...env });
  const body = { email: 'admin@localhost', password };
  const { token } = await createClient({ url: server.url }).signIn({ body });
  const signedIn = { ...env, ...data(), MUSTER_URL: server.url, MUSTER_TOKEN: token };
  const fetchBytes = (id: string, init: RequestInit = {}) =>
    fetch(`${server.url}/api/v1/packages/${id}/bytes`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    });
  return { ...server, fetchBytes, run: (args: readonly string[]) => muster(args, signedIn) };
};

/** A line that is expected to end with a code, and what it printed. */
const muster = async (args: readonly string[], env: Readonly<Record<string, string>>, code = 0) => {
  const ran = await runCli([...args, '-o', 'json'], { env: { HOME: directory, PATH: '', ...env } });
  expect({ args, ...ran }).toMatchObject({ code });
  return ran.out === '' ? undefined : JSON.parse(ran.out);
};
const offline = (args: readonly string[], env: Readonly<Record<string, string>>, code = 0) =>
  muster(args, { ...env, ...data() }, code);

const upload = async (server: Awaited<ReturnType<typeof start>>, bytes: Uint8Array, name: string) => {
  const file = join(directory, name);
  await writeFile(file, bytes);
  const { id } = await server.run([
    'package',
    'upload',
    file,
    '--name',
    name,
    '--version',
    '1',
    '--tries',
    '1',
  ]);
  return { id: String(id), sha256: sha256Of(bytes) };
};
const objects = async (): Promise<readonly string[]> => {
  const folder = join(s3.directory, s3.bucket, s3Env['MUSTER_S3_PREFIX'] ?? '', 'packages');
  const files = await readdir(folder).catch(() => []);
  return files.filter((file) => file.endsWith('_object')).map((file) => file.slice(0, 64));
};
const onDisk = async (): Promise<readonly string[]> => {
  const files = await readdir(join(directory, 'data', 'packages'), { recursive: true }).catch(() => []);
  return files.map((file) => file.slice(3)).filter((name) => /^[0-9a-f]{64}$/.test(name));
};
const read = async (reply: Response) => Buffer.from(await reply.arrayBuffer());

describe('a server over an object store', () => {
  it('keeps packages there, hands them out in ranges, and saves and restores them', async () => {
    const bytes = randomBytes(10_000_000);
    const server = await start(s3Env);
    const { id, sha256 } = await upload(server, bytes, 'engine');
    expect(await objects()).toEqual([sha256]);
    expect(await onDisk()).toEqual([]);
    expect((await read(await server.fetchBytes(id))).equals(bytes)).toBe(true);
    const part = await server.fetchBytes(id, { headers: { range: 'bytes=1000000-1999999' } });
    expect(part.status).toBe(206);
    expect((await read(part)).equals(bytes.subarray(1_000_000, 2_000_000))).toBe(true);
    const saved = join(directory, 'saved.tar');
    await server.run(['backup', saved, '--with-key']);
    expect(await server.stop()).toBe(0);
    const wrong = { ...s3Env, MUSTER_S3_BUCKET: 'nowhere' };
    expect(await offline(['doctor'], wrong, 8)).toContainEqual(
      expect.objectContaining({
        check: 'packages',
        level: 'problem',
        found: expect.stringContaining('nowhere'),
      }),
    );
    const elsewhere = { ...s3Env, MUSTER_S3_PREFIX: 'restored', MUSTER_DATA: join(directory, 'again') };
    await muster(['restore', saved], elsewhere);
    expect(await muster(['doctor', '--deep'], elsewhere)).toContainEqual(
      expect.objectContaining({
        check: 'packages',
        level: 'ok',
        found: expect.stringContaining('of 1 are there and have'),
      }),
    );
  });

  it('leads those to it who are listed, by a link that is over by itself, and nobody else', async () => {
    const bytes = randomBytes(300_000);
    const server = await start({ ...s3Env, MUSTER_S3_REDIRECT: 'muster', MUSTER_S3_LINK_TTL: '4s' });
    const { id } = await upload(server, bytes, 'Engine 1.bin');
    const led = await server.fetchBytes(id, { redirect: 'manual' });
    expect(led.status).toBe(302);
    expect(led.headers.get('cache-control')).toBe('no-store');
    const link = led.headers.get('location') ?? '';
    expect(link.startsWith(`${s3.url}/${s3.bucket}/`)).toBe(true);
    const found = await fetch(link, { headers: { range: 'bytes=5-9' } });
    expect(found.status).toBe(206);
    expect(found.headers.get('content-disposition')).toContain('Engine 1.bin');
    expect((await read(found)).equals(bytes.subarray(5, 10))).toBe(true);
    expect((await fetch(link.replace(/X-Amz-Signature=./, 'X-Amz-Signature=z'))).status).toBe(403);
    await until(() => Date.parse(led.headers.get('date') ?? '') + 5_500 < Date.now());
    expect((await fetch(link)).status).toBe(403);
    // An answer about the bytes alone is given here.
    expect((await server.fetchBytes(id, { method: 'HEAD' })).headers.get('content-length')).toBe('300000');
    const { headers } = await server.fetchBytes(id, { method: 'HEAD' });
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await server.fetchBytes(id, { headers: known, redirect: 'manual' })).status).toBe(304);
    await server.stop();
  });

  it('does not start on a bucket that it cannot use, and says why', async () => {
    const wrong = { ...s3Env, MUSTER_S3_BUCKET: 'nowhere' };
    const server = launch('server/main.ts', [], { ...data(), MUSTER_PORT: '0', ...wrong });
    expect(await server.exit).toBe(1);
    expect(server.err()).toMatch(/^the bucket nowhere at http:.* cannot be used: 404/);
    await offline(['package', 'move', '--to', 's3'], wrong, 5);
  });

  it('killed while a package is on its way there shows nothing of it, and lets go of the parts later', async () => {
    const faulty = await startFaultyS3(s3.url);
    const server = await start({ ...s3Env, MUSTER_S3_ENDPOINT: faulty.url });
    faulty.arrange(
      ({ method, url }) => method === 'POST' && url.includes('uploadId='),
      { type: 'silent' },
      99,
    );
    const uploading = upload(server, randomBytes(20_000_000), 'lost').catch(() => undefined);
    await until(() => faulty.asked.some(({ method, url }) => method === 'POST' && url.includes('uploadId=')));
    server.child.kill('SIGKILL');
    await server.exit;
    await uploading;
    expect(await objects()).toEqual([]);
    const uploads = () => readdir(join(s3.directory, s3.bucket, '._S3rver_uploads'));
    expect(await uploads()).toHaveLength(1);
    const place = { ...s3Options(s3, join(directory, 'spool')), prefix: `${s3Env['MUSTER_S3_PREFIX']}/` };
    const sweeping = openS3Blobs(place);
    expect(await sweeping.abandon(Date.now() - 60_000)).toBe(0);
    expect(await sweeping.abandon(Date.now() + 60_000)).toBe(1);
    expect(await uploads()).toEqual([]);
    await sweeping.close();
    faulty.clear();
    const again = await start({ ...s3Env, MUSTER_S3_ENDPOINT: faulty.url });
    expect(await again.run(['package', 'list'])).toEqual([]);
    expect(await readdir(join(directory, 'data', 'spool'))).toEqual([]);
    await again.stop();
    await faulty.stop();
  });
});

describe('packages that are moved', () => {
  it('go to the object store while the server serves, then are taken from the disk, and come back', async () => {
    const before = await start({});
    const one = await upload(before, randomBytes(9_000_000), 'one');
    const two = await upload(before, randomBytes(5_000), 'two');
    const both = [one.sha256, two.sha256].toSorted();
    expect(await offline(['package', 'move', '--to', 's3'], s3Env)).toMatchObject({
      found: 2,
      copied: 2,
      deleted: 0,
    });
    expect((await before.fetchBytes(one.id)).status).toBe(200);
    const three = await upload(before, randomBytes(6_000), 'three');
    await before.stop();
    const moved = await offline(['package', 'move', '--to', 's3', '--delete'], s3Env);
    expect(moved).toMatchObject({ found: 3, copied: 1, bytes: 6_000, deleted: 3, altered: [] });
    expect(await onDisk()).toEqual([]);
    expect((await objects()).toSorted()).toEqual([...both, three.sha256].toSorted());
    const after = await start(s3Env);
    for (const { id, sha256 } of [one, two, three])
      expect(sha256Of(await read(await after.fetchBytes(id)))).toBe(sha256);
    await after.stop();
    expect(await offline(['package', 'move', '--to', 'disk', '--delete'], s3Env)).toMatchObject({
      copied: 3,
      deleted: 3,
    });
    expect(await objects()).toEqual([]);
    const home = await start({});
    expect(sha256Of(await read(await home.fetchBytes(one.id)))).toBe(one.sha256);
    await home.stop();
  });

  it('stay where they are when they were altered there', async () => {
    const server = await start({});
    const { sha256 } = await upload(server, randomBytes(200_000), 'rotten');
    await server.stop();
    const file = join(directory, 'data', 'packages', sha256.slice(0, 2), sha256);
    const bytes = await readFile(file);
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect(await offline(['package', 'move', '--to', 's3', '--delete'], s3Env, 8)).toMatchObject({
      ...{ copied: 0, deleted: 0, altered: [sha256] },
    });
    expect((await stat(file)).size).toBe(200_000);
    expect(await objects()).toEqual([]);
  });
});
