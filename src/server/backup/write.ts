import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Rows, Snapshot, TableShape } from '../../app/backup-ports.ts';
import type { Blobs } from '../../app/blobs.ts';
import { AlteredBytes } from '../../blobs/block-sums.ts';
import {
  CHECKSUMS,
  checksumLine,
  END,
  type End,
  KEY,
  MANIFEST,
  type Manifest,
  packagePart,
  SUMMARY,
  type Summary,
  tablePart,
  toLines,
} from './format.ts';
import { endOfArchive, headersOf, paddingOf } from './tar-header.ts';

const compress = promisify(gzip);

/** Characters of rows that become one part. */
const PART = 1024 * 1024;

export type Source = {
  readonly snapshot: Snapshot;
  readonly blobs: Pick<Blobs, 'open' | 'size'>;
  readonly manifest: Manifest;
  /** Text of the key, to go into the file. */
  readonly key: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
};

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
type Out = AsyncGenerator<Uint8Array, void>;

/** What is noted on the way for the entries at the end. */
type Notes = {
  readonly whole: Hash;
  readonly seconds: number;
  readonly sums: string[];
  readonly rows: Record<string, number>;
  /** Of package bytes: how many there are to be, by SHA-256. */
  readonly sizes: Map<string, number>;
  readonly missing: string[];
  readonly packages: { count: number; bytes: number };
};

/** One entry; answers by the notes. Throws when there are not as many bytes as were told. */
async function* entry(notes: Notes, name: string, size: number, bytes: Bytes): Out {
  const out = (chunk: Uint8Array): Uint8Array => {
    notes.whole.update(chunk);
    return chunk;
  };
  const digest = createHash('sha256');
  let left = size;
  yield out(headersOf({ name, size }, notes.seconds));
  for await (const chunk of bytes) {
    digest.update(chunk);
    left -= chunk.length;
    yield out(chunk);
  }
  if (left !== 0) throw new Error(`${name} has ${size - left} bytes instead of ${size}`);
  yield out(Buffer.alloc(paddingOf(size)));
  notes.sums.push(checksumLine(name, digest.digest('hex')));
}

const text = (notes: Notes, name: string, content: string): Out => {
  const bytes = Buffer.from(content);
  return entry(notes, name, bytes.length, [bytes]);
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Which bytes the rows of packages name. */
const noteSizes = (notes: Notes, { columns }: TableShape, rows: Rows): void => {
  const [digest, size] = [columns.indexOf('sha256'), columns.indexOf('size')];
  for (const row of rows) notes.sizes.set(String(row[digest]), Number(row[size]));
};

async function* table(notes: Notes, snapshot: Snapshot, shape: TableShape): Out {
  let [lines, part, count] = ['', 0, 0];
  const flush = async (): Promise<Out> => {
    part += 1;
    const bytes = await compress(lines);
    lines = '';
    return entry(notes, tablePart(shape.name, part), bytes.length, [bytes]);
  };
  for await (const rows of snapshot.rows(shape)) {
    if (shape.name === 'packages') noteSizes(notes, shape, rows);
    count += rows.length;
    lines += toLines(rows);
    if (lines.length >= PART) yield* await flush();
  }
  if (lines !== '') yield* await flush();
  notes.rows[shape.name] = count;
}

/** So many bytes, with zeros in place of what was altered on the storage and of all that follows. */
async function* filledUp(bytes: AsyncIterable<Uint8Array>, size: number): Out {
  let left = size;
  try {
    for await (const chunk of bytes) {
      left -= chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof AlteredBytes)) throw error;
    for (; left > 0; left -= Math.min(left, PART)) yield Buffer.alloc(Math.min(left, PART));
  }
}

async function* packages(notes: Notes, blobs: Source['blobs']): Out {
  for (const [sha256, size] of notes.sizes) {
    // Lost or cut long ago: a backup of all the rest is better than none.
    if ((await blobs.size(sha256)) !== size) {
      notes.missing.push(sha256);
      continue;
    }
    yield* entry(notes, packagePart(sha256), size, filledUp(blobs.open(sha256), size));
    if (!notes.sums.at(-1)?.startsWith(sha256)) notes.missing.push(sha256);
    notes.packages.count += 1;
    notes.packages.bytes += size;
  }
}

/** The file of a backup: docs/backup.md. Closes the snapshot once its rows are written. */
export async function* writeBackup({ snapshot, blobs, manifest, key, now }: Source): Out {
  const notes: Notes = {
    ...{ whole: createHash('sha256'), seconds: Math.floor(now / 1_000) },
    ...{ sums: [], rows: {}, sizes: new Map(), missing: [], packages: { count: 0, bytes: 0 } },
  };
  try {
    yield* text(notes, MANIFEST, json(manifest));
    for (const shape of snapshot.tables) yield* table(notes, snapshot, shape);
  } finally {
    await snapshot.close();
  }
  yield* packages(notes, blobs);
  if (key !== undefined) yield* text(notes, KEY, `${key}\n`);
  const { rows, missing } = notes;
  yield* text(notes, SUMMARY, json({ rows, packages: notes.packages, missing } satisfies Summary));
  const parts = notes.sums.length;
  yield* text(notes, CHECKSUMS, notes.sums.join(''));
  yield* text(notes, END, json({ parts, sha256: notes.whole.copy().digest('hex') } satisfies End));
  yield endOfArchive;
}
