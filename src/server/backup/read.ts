import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  CHECKSUMS,
  checksumLine,
  END,
  type End,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST,
  type Manifest,
  type Part,
  partOf,
  type Summary,
} from './format.ts';
import { BadBackup, cutShort, type ReadEntry, readTar } from './tar-reader.ts';

const decompress = promisify(gunzip);

/** Larger than any part is made, and no bomb. */
const MOST_TEXT = 1024 ** 3;
const READ_CHUNK = 256 * 1024;

/** What a whole and unaltered backup says of itself; `key` is there when it was made with it. */
export type Verified = {
  readonly manifest: Manifest;
  readonly summary: Summary;
  readonly key: string | undefined;
};

/** Is told of each part as it comes, and reads its bytes. */
export type Visit = (part: Part, entry: ReadEntry) => Promise<void>;

const chunksOf = (file: string): AsyncIterable<Buffer> =>
  createReadStream(file, { highWaterMark: READ_CHUNK });

const parsed = <Value>(text: Buffer, name: string): Value => {
  try {
    return JSON.parse(text.toString('utf8')) as Value;
  } catch {
    throw new BadBackup(`${name} in the backup cannot be read`);
  }
};

const wholeOf = async ({ bytes, size, name }: ReadEntry): Promise<Buffer> => {
  if (size > MOST_TEXT) throw new BadBackup(`${name} in the backup is too large`);
  const parts: Buffer[] = [];
  for await (const chunk of bytes) parts.push(chunk);
  return Buffer.concat(parts);
};

/** The lines of a part of a table. */
export const linesOf = async (entry: ReadEntry): Promise<string> => {
  try {
    return (await decompress(await wholeOf(entry), { maxOutputLength: MOST_TEXT })).toString('utf8');
  } catch (error) {
    if (error instanceof BadBackup) throw error;
    throw new BadBackup(`${entry.name} in the backup cannot be read`);
  }
};

const isTable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'name' in value && 'columns' in value;

const readManifest = async (entry: ReadEntry): Promise<Manifest> => {
  if (entry.name !== MANIFEST) throw new BadBackup('the file is no backup of Muster');
  const manifest = parsed<Manifest>(await wholeOf(entry), entry.name);
  if (manifest.format !== FORMAT) throw new BadBackup('the file is no backup of Muster');
  if (manifest.formatVersion !== FORMAT_VERSION) {
    throw new BadBackup(
      `the backup has format ${manifest.formatVersion}, this version of Muster reads ${FORMAT_VERSION}`,
    );
  }
  if (
    !Array.isArray(manifest.tables) ||
    !manifest.tables.every(isTable) ||
    !Array.isArray(manifest.keyChecks)
  )
    throw new BadBackup(`${entry.name} in the backup cannot be read`);
  return manifest;
};

/** The manifest alone, of which nothing but itself was checked. */
export const peekManifest = async (file: string): Promise<Manifest> => {
  for await (const entry of readTar(chunksOf(file))) return readManifest(entry);
  throw cutShort();
};

/** The same entry, whose bytes are hashed as they are read. */
const hashed = (entry: ReadEntry) => {
  const hash = createHash('sha256');
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of entry.bytes) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { entry: { ...entry, bytes: bytes() }, digest: () => hash.digest('hex') };
};

const drain = async ({ bytes }: ReadEntry): Promise<void> => {
  for await (const _ of bytes);
};

const checkEnd = (end: End, sums: readonly string[], hash: string): void => {
  if (end.sha256 !== hash || end.parts !== sums.length)
    throw new BadBackup('the file was altered: it does not have the SHA-256 that it tells of itself');
};

const checkSums = (told: string, sums: readonly string[]): void => {
  if (told === sums.join('')) return;
  const lines = told.split('\n');
  const name = sums.find((line, index) => line !== `${lines[index]}\n`)?.slice(66, -1);
  throw new BadBackup(
    `the file was altered: ${name ?? 'a part'} does not have the SHA-256 that it had when it was written`,
  );
};

/** What was found so far. */
type Found = {
  readonly sums: string[];
  manifest: Manifest | undefined;
  summary: Summary | undefined;
  key: string | undefined;
  listed: boolean;
};

const takePart = async (found: Found, entry: ReadEntry, visit: Visit): Promise<void> => {
  const part = partOf(entry.name);
  if (part === undefined || found.listed) throw new BadBackup(`the backup has an unknown part ${entry.name}`);
  if (part.kind === 'key') found.key = (await wholeOf(entry)).toString('utf8').trim();
  else if (part.kind === 'summary') found.summary = parsed<Summary>(await wholeOf(entry), entry.name);
  else await visit(part, entry);
};

const takeEntry = async (found: Found, entry: ReadEntry, visit: Visit): Promise<Verified | undefined> => {
  if (found.manifest === undefined) {
    found.manifest = await readManifest(entry);
  } else if (entry.name === CHECKSUMS) {
    checkSums((await wholeOf(entry)).toString('utf8'), found.sums);
    found.listed = true;
  } else if (entry.name === END) {
    checkEnd(parsed<End>(await wholeOf(entry), entry.name), found.sums, entry.hashBefore());
    const { manifest, summary, key, listed } = found;
    if (listed && summary !== undefined) return { manifest, summary, key };
    throw cutShort();
  } else {
    await takePart(found, entry, visit);
  }
  return undefined;
};

/**
 * Reads a backup through, checks every SHA-256, and that it ends as it should. Throws `BadBackup`: for something that
 * was visited already, too, since what is wrong may be seen only later.
 */
export const readBackup = async (file: string, visit: Visit): Promise<Verified> => {
  const found: Found = { sums: [], manifest: undefined, summary: undefined, key: undefined, listed: false };
  let whole: Verified | undefined;
  for await (const raw of readTar(chunksOf(file))) {
    if (whole !== undefined) throw new BadBackup(`the backup has an unknown part ${raw.name}`);
    const { entry, digest } = hashed(raw);
    whole = await takeEntry(found, entry, visit);
    await drain(entry);
    if (!found.listed) found.sums.push(checksumLine(entry.name, digest()));
  }
  if (whole === undefined) throw cutShort();
  return whole;
};

const countLines = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
};

/** Looks a whole backup through, and counts its rows. Throws `BadBackup`. */
export const verifyBackup = async (file: string): Promise<Verified> => {
  const rows = new Map<string, number>();
  const verified = await readBackup(file, async (part, entry) => {
    if (part.kind !== 'rows') return;
    rows.set(part.table, (rows.get(part.table) ?? 0) + countLines(await linesOf(entry)));
  });
  for (const [table, count] of Object.entries(verified.summary.rows)) {
    const found = rows.get(table) ?? 0;
    if (found !== count) throw new BadBackup(`the backup has ${found} rows of ${table} instead of ${count}`);
  }
  return verified;
};
