import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openS3Blobs } from '../src/blobs/s3.ts';
import { noteFigure } from './support/figures.ts';
import { openTestS3, type S3Process, startS3, strayObjects } from './support/s3.ts';
import { type Fault, type FaultyS3, startFaultyS3 } from './support/s3-faults.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const SMALL = randomBytes(100_000);
/** Two parts. */
const LARGE = randomBytes(8 * MIB + 100_000);

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const isPart = ({ url }: { readonly url: string }): boolean => url.includes('partNumber=');
const isObject = ({ url }: { readonly url: string }): boolean => /packages\/[0-9a-f]{64}/.test(url);

/** What befell puts, and after how many of them only what is whole was to be seen. */
let [faults, held] = [0, 0];
let s3: S3Process;
let faulty: FaultyS3;
let at: Awaited<ReturnType<typeof openTestS3>>;
beforeAll(async () => {
  s3 = await startS3();
  faulty = await startFaultyS3(s3.url);
});
afterAll(async () => {
  await faulty.stop();
  await s3.stop();
  if (faults === 0) return;
  await noteFigure({
    ...{ id: 'R-17', seed: null, pass: held === faults },
    result: `${faults} faults at the requests of puts, ${faults - held} left something incomplete to be seen`,
    command: 'vitest run test/s3-faults.test.ts',
  });
});
beforeEach(async () => {
  at = await openTestS3(s3, faulty.url);
});
afterEach(async () => {
  faulty.clear();
  await at.close();
});

const put = (bytes: Uint8Array) => at.blobs.put(Readable.from([bytes]), Number.POSITIVE_INFINITY);
const listed = async () => (await Array.fromAsync(at.blobs.list())).map(({ sha256 }) => sha256);
const read = async (bytes: Uint8Array) =>
  Buffer.concat(await Array.fromAsync(at.blobs.open(sha256Of(bytes))));
const expectWhole = async (bytes: Uint8Array) => {
  expect(await listed()).toEqual([sha256Of(bytes)]);
  expect((await read(bytes)).equals(bytes)).toBe(true);
};
/** Nothing is to be seen of it, and nothing stays once the sweep has let go of what nobody could. */
const expectNothing = async () => {
  faulty.clear();
  expect(await listed()).toEqual([]);
  await at.blobs.abandon(Date.now() + 60_000);
  expect(await strayObjects(s3, at.options.prefix)).toEqual([]);
};

describe('an object store that fails', () => {
  const passing: readonly [string, Fault][] = [
    ['answers 503', { type: 'status', status: 503, code: 'SlowDown' }],
    ['breaks off in the middle of the body', { type: 'cut', after: 50_000 }],
    ['does it and breaks off before the answer', { type: 'lost' }],
  ];

  it.each(passing)(
    'once at every request of a put: it %s, and the package is stored all the same',
    async (_, fault) => {
      for (let number = 1; ; number += 1) {
        faults += 1;
        faulty.arrange((asked) => asked.number === number, fault);
        const before = faulty.asked.length;
        expect(await put(LARGE)).toMatchObject({ ok: true });
        await expectWhole(LARGE);
        held += 1;
        const requests = faulty.asked.length - before;
        await at.blobs.remove(sha256Of(LARGE));
        await at.blobs.abandon(Date.now() + 60_000);
        if (requests < number) break;
        if (number > 30) throw new Error('a put has no end');
      }
    },
  );

  const lasting: readonly [string, Fault][] = [
    ['answers 503', { type: 'status', status: 503 }],
    ['answers 403', { type: 'status', status: 403, code: 'AccessDenied' }],
    ['breaks off in the middle of the body', { type: 'cut', after: 50_000 }],
  ];

  it.each(lasting)(
    'from a request of a put on: it %s, and nothing is visible',
    async (_, fault) => {
      // Looked up, sums, begun, two parts, completed: from each of them on.
      for (let first = 1; first <= 6; first += 1) {
        faults += 1;
        faulty.arrange(({ number }) => number >= first, fault, Number.POSITIVE_INFINITY);
        await expect(put(LARGE)).rejects.toThrow(Error);
        await expectNothing();
        held += 1;
      }
    },
    120_000,
  );

  it('by saying nothing is asked again, and then given up', async () => {
    const blobs = openS3Blobs({ ...at.options, silence: 1_500, tries: 5 });
    const putIt = () => blobs.put(Readable.from([SMALL]), Number.POSITIVE_INFINITY);
    faulty.arrange((asked) => asked.method === 'PUT' && isObject(asked), { type: 'silent' });
    expect(await putIt()).toMatchObject({ ok: true });
    await expectWhole(SMALL);
    await blobs.remove(sha256Of(SMALL));
    await blobs.close();
    const impatient = openS3Blobs({ ...at.options, silence: 100, tries: 2 });
    faulty.arrange((asked) => asked.method === 'PUT', { type: 'silent' }, Number.POSITIVE_INFINITY);
    await expect(impatient.put(Readable.from([SMALL]), Number.POSITIVE_INFINITY)).rejects.toThrow(Error);
    await expectNothing();
    await impatient.close();
  });

  it('is told apart from one that has no room', async () => {
    for (const bytes of [SMALL, LARGE]) {
      faulty.arrange(({ method }) => method === 'PUT', { type: 'status', status: 507 }, 99);
      expect(await put(bytes)).toEqual({ ok: false, refusal: { code: 'storage-full' } });
      await expectNothing();
      faulty.arrange(
        (asked) => isPart(asked) || isObject(asked),
        { type: 'status', status: 403, code: 'QuotaExceeded' },
        99,
      );
      await put(bytes).catch(() => undefined);
      await expectNothing();
    }
    expect(await put(SMALL)).toMatchObject({ ok: true });
  });

  it.runIf(process.platform !== 'win32')(
    'is not asked where the disk has no room for what waits',
    async () => {
      const script = join(import.meta.dirname, 'support', 'full-disk.ts');
      const child = [process.execPath, script, JSON.stringify(at.options), `${16 * MIB}`, `${MIB}`];
      const before = faulty.asked.length;
      const { stdout } = await run('/bin/sh', ['-c', 'ulimit -f 4096 && exec "$@"', 'sh', ...child]);
      expect(JSON.parse(stdout)).toEqual([
        { ok: false, refusal: { code: 'storage-full' } },
        { ok: true, value: expect.objectContaining({ size: MIB }) },
      ]);
      expect(faulty.asked.slice(before).filter(({ method }) => method === 'PUT')).toHaveLength(2);
      expect(await listed()).toHaveLength(1);
      expect(await readdir(at.spool)).toEqual([]);
      await noteFigure({
        ...{ id: 'R-06', part: 'object store', seed: null, pass: true },
        result: 'refused before anything was sent, nothing left, the next one taken',
        command: 'vitest run test/s3-faults.test.ts',
      });
    },
  );

  it('by a wrong ETag: small packages are read back, and parts that differ are not completed', async () => {
    faulty.arrange(isObject, { type: 'tag' }, Number.POSITIVE_INFINITY);
    expect(await put(SMALL)).toMatchObject({ ok: true });
    faulty.arrange(isPart, { type: 'tag' }, Number.POSITIVE_INFINITY);
    await expect(put(LARGE)).rejects.toThrow(Error);
    faulty.clear();
    await expectWhole(SMALL);
  });

  it.each(['truncate', 'flip'] as const)(
    'by storing other bytes than were sent (%s): it is found out',
    async (how) => {
      for (const bytes of [SMALL, LARGE]) {
        faults += 1;
        s3.spoil(how);
        await expect(put(bytes)).rejects.toThrow('has not stored');
        await expectNothing();
        held += 1;
        expect(await put(bytes)).toMatchObject({ ok: true });
        await expectWhole(bytes);
        await at.blobs.remove(sha256Of(bytes));
      }
    },
  );

  it('by answering late and slowly: bytes come at its pace', async () => {
    await put(SMALL);
    faulty.arrange(({ method }) => method === 'GET', { type: 'slow', bytesPerSecond: 100_000 }, 2);
    expect((await read(SMALL)).equals(SMALL)).toBe(true);
  });

  it('by breaking off what it sends: it is asked for the rest', async () => {
    await put(LARGE);
    for (const after of [0, 1, 100_000, 512 * 1024 - 1]) {
      faulty.arrange((asked) => asked.method === 'GET' && isObject(asked), { type: 'short', after }, 5);
      expect((await read(LARGE)).equals(LARGE), `${after}`).toBe(true);
    }
  });

  it('by sending less, as if that was all: it is asked for the rest', async () => {
    await put(LARGE);
    faulty.arrange((asked) => asked.method === 'GET' && isObject(asked), { type: 'less', length: 70_000 }, 2);
    expect((await read(LARGE)).equals(LARGE)).toBe(true);
  });

  it('by never sending all: whoever reads is not told that this was all', async () => {
    await put(LARGE);
    faulty.arrange(({ method }) => method === 'GET', { type: 'short', after: 10 }, Number.POSITIVE_INFINITY);
    await expect(read(LARGE)).rejects.toThrow(Error);
  });

  it('by being killed and started again in the middle of a put', async () => {
    async function* source() {
      for (let sent = 0; sent < 40; sent += 1) yield LARGE.subarray(0, MIB);
    }
    const putting = at.blobs.put(source(), Number.POSITIVE_INFINITY).catch(() => undefined);
    while (!faulty.asked.some(isPart)) await new Promise((resolve) => setTimeout(resolve, 5));
    const restarted = s3.restart();
    const outcome = await putting;
    await restarted;
    const found = await listed();
    expect(found).toHaveLength(outcome?.ok ? 1 : 0);
    for (const sha256 of found) {
      const bytes = Buffer.concat(await Array.fromAsync(at.blobs.open(sha256)));
      expect(sha256Of(bytes)).toBe(sha256);
    }
  });
});

describe('writes to an object store', () => {
  it('of the same package by two servers at once are one object', async () => {
    await put(SMALL);
    // The other one has looked before the first one wrote.
    faulty.arrange((asked) => asked.method === 'HEAD' && isObject(asked), { type: 'status', status: 404 });
    const before = faulty.asked.length;
    expect(await put(SMALL)).toMatchObject({ ok: true });
    const puts = faulty.asked.slice(before).filter((asked) => asked.method === 'PUT' && isObject(asked));
    expect(puts.map(({ status }) => status)).toEqual([412]);
    await expectWhole(SMALL);
    const other = openS3Blobs(at.options);
    const both = [at.blobs, other].map((blobs) =>
      blobs.put(Readable.from([LARGE]), Number.POSITIVE_INFINITY),
    );
    expect((await Promise.all(both)).map(({ ok }) => ok)).toEqual([true, true]);
    expect((await read(LARGE)).equals(LARGE)).toBe(true);
    await other.close();
  });

  it('are made without a condition where the service knows none', async () => {
    faulty.arrange((asked) => asked.method === 'PUT' && isObject(asked), {
      type: 'status',
      status: 501,
      code: 'NotImplemented',
    });
    expect(await put(SMALL)).toMatchObject({ ok: true });
    await expectWhole(SMALL);
  });

  it('mend a package that was altered there, when it is put again', async () => {
    await put(SMALL);
    await at.blobs.remove(sha256Of(SMALL));
    s3.spoil('flip');
    await expect(put(SMALL)).rejects.toThrow('has not stored');
    await put(SMALL);
    await expectWhole(SMALL);
  });
});

describe('a bucket', () => {
  it.each([
    ['that is missing', { bucket: 'nowhere' }],
    ['with another key', { credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'wrong' } }],
  ])('%s is told before anything is done', async (_, wrong) => {
    const blobs = openS3Blobs({ ...at.options, ...wrong });
    await expect(blobs.check({ required: false })).rejects.toThrow('cannot be used');
    await blobs.close();
  });

  it('that is not reached may come yet', async () => {
    const blobs = openS3Blobs({ ...at.options, endpoint: 'http://127.0.0.1:9' });
    await expect(blobs.check({ required: false })).resolves.toBeUndefined();
    await expect(blobs.check({ required: true })).rejects.toThrow('cannot be used');
    await blobs.close();
  });
});
