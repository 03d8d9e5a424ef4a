import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Blobs } from '../src/app/blobs.ts';
import { AlteredBytes } from '../src/blobs/block-sums.ts';
import { type DiskBlobs, openDiskBlobs } from '../src/blobs/disk.ts';
import { startApi } from './support/api.ts';
import { noteFigure } from './support/figures.ts';
import { upload } from './support/packages.ts';
import { openTestS3, type S3Process, startS3 } from './support/s3.ts';

const BLOCK = 128 * 1024;
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let directory: string;
let disk: DiskBlobs;
let s3: S3Process;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-rot-'));
  disk = await openDiskBlobs(directory);
  s3 = await startS3();
});
afterAll(async () => {
  await disk.close();
  await s3.stop();
  await rm(directory, { recursive: true, force: true });
});

const fileOnDisk = (sha256: string): string => join(directory, sha256.slice(0, 2), sha256);

/** Flips one bit of one byte of a file; answers where. */
const flip = async (file: string, at?: number): Promise<number> => {
  const bytes = await readFile(file);
  const place = at ?? randomInt(bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << randomInt(8));
  await writeFile(file, bytes);
  return place;
};

/** What is handed out until it ends or throws. */
const handedOut = async (
  pouring: (take: (piece: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<{ readonly bytes: Buffer; readonly error: unknown }> => {
  const parts: Buffer[] = [];
  const error = await pouring(async (piece) => void parts.push(Buffer.from(piece))).catch(
    (thrown: unknown) => thrown,
  );
  return { bytes: Buffer.concat(parts), error };
};

const put = async (blobs: Blobs, bytes: Uint8Array): Promise<string> => {
  const stored = await blobs.put(Readable.from([bytes]), Number.POSITIVE_INFINITY);
  if (!stored.ok) throw new Error(stored.refusal.code);
  return stored.value.sha256;
};

/** Puts so many packages, flips one byte of each, and reads each: as a whole, and the last bytes up to it and from it on. */
const rot = async (blobs: Blobs, fileOf: (sha256: string) => string, count: number) => {
  let [detected, served] = [0, 0];
  const one = async (number: number): Promise<void> => {
    const bytes = randomBytes(number % 50 === 0 ? 700_000 + number : 200 + randomInt(3_000));
    const sha256 = await put(blobs, bytes);
    const place = await flip(fileOf(sha256));
    const whole = await handedOut((take) => blobs.pour(sha256, { start: 0, end: bytes.length }, take));
    const tail = await handedOut((take) => blobs.pour(sha256, { start: place, end: bytes.length }, take));
    if (whole.error instanceof AlteredBytes && tail.error instanceof AlteredBytes) detected += 1;
    if (!bytes.subarray(0, whole.bytes.length).equals(whole.bytes) || tail.bytes.length > 0) served += 1;
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return { detected, served };
};

const expectRot = async (part: string, { detected, served }: Awaited<ReturnType<typeof rot>>, of: number) => {
  await noteFigure({
    ...{ id: 'R-07', part, seed: null, pass: detected === of && served === 0 },
    result: `${detected} of ${of} detected, ${served} served`,
    command: 'vitest run test/blobs-rot.test.ts',
  });
  expect({ detected, served }).toEqual({ detected: of, served: 0 });
};

describe('a byte that was altered on the storage', () => {
  it('is found in each of 1,000 packages on disk, and handed out in none', async () => {
    await expectRot('disk', await rot(disk, fileOnDisk, 1_000), 1_000);
  });

  it('is found in each of 300 packages in an object store, and handed out in none', {
    timeout: 180_000,
  }, async () => {
    const { blobs, options, close } = await openTestS3(s3);
    const fileOf = (sha256: string): string =>
      join(s3.directory, s3.bucket, options.prefix, 'packages', `${sha256}._S3rver_object`);
    await expectRot('object store', await rot(blobs, fileOf, 300), 300);
    await close();
  });

  it('does not keep other parts from being fetched', async () => {
    const bytes = randomBytes(4 * BLOCK + 5);
    const sha256 = await put(disk, bytes);
    await flip(fileOnDisk(sha256), 2 * BLOCK);
    const read = (start: number, end: number) => handedOut((take) => disk.pour(sha256, { start, end }, take));
    expect((await read(0, 2 * BLOCK)).bytes.equals(bytes.subarray(0, 2 * BLOCK))).toBe(true);
    expect((await read(3 * BLOCK, bytes.length)).bytes.equals(bytes.subarray(3 * BLOCK))).toBe(true);
    expect(await read(2 * BLOCK + 1, 2 * BLOCK + 2)).toMatchObject({
      bytes: Buffer.alloc(0),
      error: { name: 'AlteredBytes' },
    });
  });

  it('is mended by the same package, put again', async () => {
    const bytes = randomBytes(5_000);
    const sha256 = await put(disk, bytes);
    await flip(fileOnDisk(sha256));
    await put(disk, bytes);
    expect(sha256Of(Buffer.concat(await Array.fromAsync(disk.open(sha256))))).toBe(sha256);
  });

  it('is found where a package has no sums yet, and sums that were altered are made again', async () => {
    const bytes = randomBytes(300_000);
    const sha256 = await put(disk, bytes);
    const sums = `${fileOnDisk(sha256)}.sums`;
    const good = await readFile(sums);
    for (const spoil of [() => rm(sums), () => flip(sums), () => writeFile(sums, '')]) {
      await spoil();
      expect(sha256Of(Buffer.concat(await Array.fromAsync(disk.open(sha256))))).toBe(sha256);
      expect((await readFile(sums)).equals(good)).toBe(true);
    }
    await rm(sums);
    await flip(fileOnDisk(sha256));
    await expect(Array.fromAsync(disk.open(sha256))).rejects.toThrow('was altered');
    expect(
      (await readdir(join(directory, sha256.slice(0, 2)))).filter((name) => name.startsWith(sha256)),
    ).toEqual([sha256]);
  });

  it('breaks the connection of whoever downloads it before it is sent', async () => {
    const api = await startApi({ blobs: disk });
    const base = await api.http.listen({ port: 0, host: '127.0.0.1' });
    const bytes = randomBytes(5 * BLOCK);
    const { body } = await upload(api, bytes, { name: 'rotten', version: '1' });
    await flip(fileOnDisk(sha256Of(bytes)), 3 * BLOCK + 7);
    const url = `${base}/api/v1/packages/${body.id}/bytes`;
    const headers = { authorization: `Bearer ${api.admin}` };
    const reply = await fetch(url, { headers });
    const parts: Uint8Array[] = [];
    const reading = (async () => {
      for await (const part of reply.body ?? []) parts.push(part);
    })();
    await expect(reading).rejects.toThrow(Error);
    const got = Buffer.concat(parts);
    expect(got.length).toBeLessThanOrEqual(3 * BLOCK);
    expect(got.equals(bytes.subarray(0, got.length))).toBe(true);
    const good = await fetch(url, { headers: { ...headers, range: `bytes=0-${3 * BLOCK - 1}` } });
    expect(good.status).toBe(206);
    expect(Buffer.from(await good.arrayBuffer()).equals(bytes.subarray(0, 3 * BLOCK))).toBe(true);
    await api.close();
  });
});
