import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Blobs, PutOutcome, StoredBlob } from '../../src/app/blobs.ts';
import { iotcp } from '../support/iotcp.ts';

const MIB = 1024 * 1024;

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function* interrupted(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error('connection lost');
}

const digestsOf = (bytes: Uint8Array): StoredBlob => {
  const [sha256 = '', sha1 = '', md5 = ''] = ['sha256', 'sha1', 'md5'].map((algorithm) =>
    createHash(algorithm).update(bytes).digest('hex'),
  );
  return { sha256, sha1, md5, size: bytes.length };
};

const stored = (outcome: PutOutcome): StoredBlob => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.refusal.code}`);
  return outcome.value;
};

const joined = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes));

export type Opened = {
  readonly blobs: Blobs;
  /** Whatever exists beside the blobs listed, such as files of uploads under way. */
  leftovers(): Promise<readonly string[]>;
  /** Milliseconds after which a blob that is put again is seen to be newer; a file system counts in steps of some. */
  readonly tick?: number;
  /** Whether whoever reads a blob gets to its end although it is removed; otherwise it throws. */
  readonly readsOn?: boolean;
  close(): Promise<void>;
};

/** What every implementation of `Blobs` must do. */
export const blobsContract = (name: string, open: () => Promise<Opened>): void => {
  describe(`blobs: ${name}`, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const put = async (bytes: Uint8Array, { piece = 64 * 1024, limit = Number.POSITIVE_INFINITY } = {}) =>
      opened.blobs.put(pieces(bytes, piece), limit);
    const listed = async () =>
      (await Array.fromAsync(opened.blobs.list())).map(({ sha256 }) => sha256).toSorted();
    const expectNothing = async () => {
      expect(await listed()).toEqual([]);
      expect(await opened.leftovers()).toEqual([]);
    };

    it.each([0, 1, 1000, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 2 * MIB, 8 * MIB, 24 * MIB + 7])(
      'stores %d bytes and gives their three digests',
      async (size) => {
        const bytes = randomBytes(size);
        expect(stored(await put(bytes))).toEqual(digestsOf(bytes));
        expect(await opened.blobs.size(digestsOf(bytes).sha256)).toBe(size);
        expect((await joined(opened.blobs.open(digestsOf(bytes).sha256))).equals(bytes)).toBe(true);
        expect(await opened.leftovers()).toEqual([]);
      },
    );

    it.each([1, 7, 100_003, 3 * MIB])('does not depend on the size of the pieces: %d', async (piece) => {
      const bytes = randomBytes(MIB + 11);
      const { sha256 } = stored(await put(bytes, { piece }));
      expect(sha256).toBe(digestsOf(bytes).sha256);
      expect((await joined(opened.blobs.open(sha256))).equals(bytes)).toBe(true);
    });

    it('does not keep the pieces it was handed, which their owner may overwrite', async () => {
      const one = Buffer.alloc(MIB, 1);
      async function* reused() {
        yield one;
        one.fill(2);
        yield one;
      }
      const { sha256 } = stored(await opened.blobs.put(reused(), Number.POSITIVE_INFINITY));
      expect(sha256).toBe(digestsOf(Buffer.concat([Buffer.alloc(MIB, 1), Buffer.alloc(MIB, 2)])).sha256);
    });

    it('stores many at once without mixing them up', async () => {
      const all = Array.from({ length: 12 }, (_, index) => randomBytes(index * 300_000 + 5));
      const outcomes = await Promise.all(all.map((bytes) => put(bytes, { piece: 50_000 })));
      expect(outcomes.map(stored)).toEqual(all.map(digestsOf));
      for (const bytes of all) {
        expect((await joined(opened.blobs.open(digestsOf(bytes).sha256))).equals(bytes)).toBe(true);
      }
    });

    it('stores equal bytes once, also when they come at once', async () => {
      const bytes = randomBytes(2 * MIB);
      const outcomes = await Promise.all([put(bytes), put(bytes), put(bytes, { piece: 1000 })]);
      expect(outcomes.map(stored)).toEqual([digestsOf(bytes), digestsOf(bytes), digestsOf(bytes)]);
      expect(await listed()).toEqual([digestsOf(bytes).sha256]);
      expect(await opened.leftovers()).toEqual([]);
    });

    it.each([10, 3 * MIB])('leaves nothing of an upload interrupted after %d bytes', async (size) => {
      const upload = opened.blobs.put(interrupted(randomBytes(size)), Number.POSITIVE_INFINITY);
      await expect(upload).rejects.toThrow('connection lost');
      await expectNothing();
    });

    it.each([10, 3 * MIB])('leaves nothing of an upload over a limit of %d bytes', async (limit) => {
      expect(await put(randomBytes(limit + 1), { limit })).toEqual({
        ok: false,
        refusal: { code: 'too-large', limit },
      });
      await expectNothing();
    });

    it('takes as many bytes as the limit says', async () => {
      expect(stored(await put(randomBytes(1000), { limit: 1000 })).size).toBe(1000);
    });

    it('closes a source that it does not read to the end', async () => {
      let closed = false;
      async function* endless() {
        try {
          for (;;) yield Buffer.alloc(100_000);
        } finally {
          closed = true;
        }
      }
      await opened.blobs.put(endless(), 2 * MIB);
      expect(closed).toBe(true);
    });

    it('shows nothing of an upload until its source has ended', async () => {
      const last = Promise.withResolvers<Buffer>();
      const drained = Promise.withResolvers<void>();
      const end = Promise.withResolvers<void>();
      async function* slow() {
        yield Buffer.alloc(MIB);
        yield await last.promise;
        drained.resolve();
        await end.promise;
      }
      const upload = opened.blobs.put(slow(), Number.POSITIVE_INFINITY);
      expect(await listed()).toEqual([]);
      last.resolve(Buffer.alloc(1));
      await drained.promise;
      expect(await listed()).toEqual([]);
      end.resolve();
      const { sha256 } = stored(await upload);
      expect(await listed()).toEqual([sha256]);
    });

    it.each([
      [0, 1],
      [0, 0],
      [500, 500],
      [10, 300_000],
      [299_999, 300_000],
      [100, 999_999],
      [5, Number.POSITIVE_INFINITY],
      [300_000, 300_001],
    ])('reads the range [%d, %d)', async (start, end) => {
      const bytes = randomBytes(300_000);
      const { sha256 } = stored(await put(bytes));
      expect(await joined(opened.blobs.open(sha256, { start, end }))).toEqual(bytes.subarray(start, end));
    });

    it.each([
      [-1, 5],
      [5, 4],
      [0.5, 4],
      [Number.NaN, 4],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ])('throws at the range [%d, %d)', async (start, end) => {
      const { sha256 } = stored(await put(randomBytes(100)));
      expect(() => opened.blobs.open(sha256, { start, end })).toThrow(RangeError);
    });

    const poured = async (sha256: string, start: number, end: number): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      // A piece is good until it is taken, and may be overwritten then.
      await opened.blobs.pour(sha256, { start, end }, async (piece) => {
        parts.push(Uint8Array.from(piece));
        await new Promise(setImmediate);
      });
      return Buffer.concat(parts);
    };

    it('pours many ranges of several blobs at once, each to whoever asked for it', async () => {
      const size = 12 * MIB + 5;
      const all = [randomBytes(size), randomBytes(size), randomBytes(3)];
      const names = await Promise.all(all.map(async (bytes) => stored(await put(bytes)).sha256));
      const wanted = Array.from({ length: 60 }, (_, index) => {
        const start = (index * 997_333) % size;
        return { which: index % all.length, start, end: Math.min(size + 9, start + (index % 7) * 700_001) };
      });
      const got = await Promise.all(
        wanted.map(({ which, start, end }) => poured(names[which] ?? '', start, Math.max(start, end))),
      );
      for (const [index, { which, start, end }] of wanted.entries())
        expect(got[index]?.equals(all[which]?.subarray(start, end) ?? Buffer.alloc(1)), `${index}`).toBe(
          true,
        );
    });

    it('pours no further once a piece is not taken, and goes on for others', async () => {
      const bytes = randomBytes(3 * MIB);
      const { sha256 } = stored(await put(bytes));
      let taken = 0;
      const failing = opened.blobs.pour(sha256, { start: 0, end: bytes.length }, async () => {
        taken += 1;
        throw new Error('gone');
      });
      const whole = poured(sha256, 0, bytes.length);
      await expect(failing).rejects.toThrow('gone');
      expect(taken).toBe(1);
      expect((await whole).equals(bytes)).toBe(true);
      expect((await poured(sha256, 5, 9)).equals(bytes.subarray(5, 9))).toBe(true);
    });

    it('pours nothing of bytes that are not there, and all of them once they are', async () => {
      const bytes = randomBytes(1000);
      const { sha256 } = digestsOf(bytes);
      await expect(poured(sha256, 0, 1000)).rejects.toThrow(Error);
      await put(bytes);
      expect((await poured(sha256, 0, 1000)).equals(bytes)).toBe(true);
      await expect(poured(sha256, 2, 1)).rejects.toThrow(RangeError);
    });

    it('removes a blob, more than once, and while it is being read', async () => {
      const bytes = randomBytes(3 * MIB);
      const { sha256 } = stored(await put(bytes));
      const reading = opened.blobs.open(sha256)[Symbol.asyncIterator]();
      const first = await reading.next();
      await opened.blobs.remove(sha256);
      await opened.blobs.remove(sha256);
      const rest = joined({ [Symbol.asyncIterator]: () => reading });
      if (opened.readsOn ?? true) expect(Buffer.concat([first.value, await rest]).equals(bytes)).toBe(true);
      else await expect(rest).rejects.toThrow(Error);
      expect(await opened.blobs.size(sha256)).toBeUndefined();
      await expectNothing();
      expect(stored(await put(bytes)).sha256).toBe(sha256);
      expect(await listed()).toEqual([sha256]);
    });

    it('does not remove a blob that was put again since', async () => {
      const bytes = randomBytes(1000);
      const { sha256 } = stored(await put(bytes));
      const [before] = await Array.fromAsync(opened.blobs.list());
      await new Promise((resolve) => setTimeout(resolve, opened.tick ?? 20));
      await put(bytes);
      const [after] = await Array.fromAsync(opened.blobs.list());
      expect(after?.storedAt).toBeGreaterThan(before?.storedAt ?? 0);
      await opened.blobs.remove(sha256, (before?.storedAt ?? 0) + 1);
      expect(await listed()).toEqual([sha256]);
      await opened.blobs.remove(sha256, (after?.storedAt ?? 0) + 1);
      expect(await listed()).toEqual([]);
    });

    it('lists when each blob was stored', async () => {
      const begin = Date.now();
      const { sha256 } = stored(await put(randomBytes(10)));
      const [entry] = await Array.fromAsync(opened.blobs.list());
      expect(entry?.sha256).toBe(sha256);
      expect(entry?.storedAt).toBeGreaterThanOrEqual(begin - (opened.tick ?? 20) - 30);
      expect(entry?.storedAt).toBeLessThanOrEqual(Date.now() + 50);
    });

    it('knows nothing of bytes it was never given', async () => {
      const { sha256 } = digestsOf(Buffer.from('absent'));
      expect(await opened.blobs.size(sha256)).toBeUndefined();
      await expect(joined(opened.blobs.open(sha256))).rejects.toThrow(Error);
      await expect(opened.blobs.inspect(sha256)).rejects.toThrow(Error);
    });

    it.each(['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`])(
      'throws at %j in place of a SHA-256',
      async (name) => {
        expect(() => opened.blobs.open(name)).toThrow(TypeError);
        await expect(opened.blobs.size(name)).rejects.toThrow(TypeError);
        await expect(opened.blobs.inspect(name)).rejects.toThrow(TypeError);
        await expect(opened.blobs.remove(name)).rejects.toThrow(TypeError);
      },
    );

    it('inspects what it stores', async () => {
      const archive = stored(await put(iotcp([{ name: 'data/image', content: randomBytes(MIB) }])));
      expect(await opened.blobs.inspect(archive.sha256)).toMatchObject({ form: 'iotcp', name: 'thermostat' });
      const plain = stored(await put(randomBytes(100)));
      expect(await opened.blobs.inspect(plain.sha256)).toEqual({ form: 'opaque' });
    });
  });
};
