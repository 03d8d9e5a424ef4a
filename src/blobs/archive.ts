import { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

/** Bytes that can be read at any position; fewer than asked for only at the end. */
export type Archive = {
  readonly size: number;
  read(position: number, length: number): Promise<Buffer>;
};

/** A ZIP with an end record that can be read. `directoryAt` is where its central directory begins. */
export type Zip = {
  readonly file: ZipFile;
  readonly archive: Archive;
  readonly entryCount: number;
  readonly directoryAt: number;
};

const WINDOW = 16 * 1024;
const STREAM_CHUNK = 256 * 1024;
const SMALL = 256 * 1024;
const SCAN_STEP = 1024 * 1024;
const SCAN_LIMIT = 256 * 1024 * 1024;

/** APPNOTE 4.3.7 and 4.3.12: signatures, and the fixed length before the name. */
const LOCAL = { signature: 0x04034b50, nameLengthAt: 26, length: 30 };
const CENTRAL = { signature: 0x02014b50, nameLengthAt: 28, length: 46 };

async function* chunks(archive: Archive, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const chunk = await archive.read(at, Math.min(STREAM_CHUNK, end - at));
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

/**
 * The archive with its storage faults kept, to tell them from faults of the archive. Positions come from
 * untrusted bytes, so those beyond the end read as nothing instead of reaching the storage.
 */
export const watched = (archive: Archive) => {
  let failure: { readonly error: unknown } | undefined;
  const read: Archive['read'] = async (position, length) => {
    if (!(position < archive.size)) return Buffer.alloc(0);
    try {
      return await archive.read(position, length);
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  return { archive: { size: archive.size, read }, failure: () => failure };
};

/** Feeds yauzl, whose many small reads are served from a window of a few KiB. */
class ArchiveReader extends RandomAccessReader {
  readonly #archive: Archive;
  #window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };

  constructor(archive: Archive) {
    super();
    this.#archive = archive;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(chunks(this.#archive, start, end));
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    const copied = this.#slice(position, length).then((bytes) => {
      if (bytes.length < length) throw new Error('unexpected end of the archive');
      bytes.copy(target, offset);
    });
    copied.then(
      () => done(null),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #slice(position: number, length: number): Promise<Buffer> {
    const within = position - this.#window.at;
    if (within < 0 || within + length > this.#window.bytes.length) {
      this.#window = { at: position, bytes: await this.#archive.read(position, Math.max(length, WINDOW)) };
      return this.#window.bytes.subarray(0, length);
    }
    return this.#window.bytes.subarray(within, within + length);
  }
}

/** The name in the first local header, undefined when the bytes do not begin with one. */
export const firstName = async (archive: Archive): Promise<Buffer | undefined> => {
  const head = await archive.read(0, LOCAL.length + 256);
  if (head.length < LOCAL.length || head.readUInt32LE(0) !== LOCAL.signature) return undefined;
  return head.subarray(LOCAL.length, LOCAL.length + head.readUInt16LE(LOCAL.nameLengthAt));
};

/** Undefined when there is no end record, or one that leads nowhere. */
export const openZip = async (archive: Archive): Promise<Zip | undefined> => {
  // Names stay raw: what is acceptable is decided in one place, by the rules for packages.
  const options = { autoClose: false, decodeStrings: false };
  const reader = new ArchiveReader(archive);
  // A fault of the storage is not lost: `watched` keeps it.
  const file = await fromRandomAccessReaderPromise(reader, archive.size, options).catch(() => undefined);
  if (file === undefined) return undefined;
  const zip = { file, archive, entryCount: file.entryCount, directoryAt: cursorOf(file) };
  return (await hasEntryAtCursor(zip)) ? zip : undefined;
};

// It is a number; its published type is wrong.
const cursorOf = (file: ZipFile): number => Number(file.readEntryCursor);

/** Whether another entry of the directory follows what has been read of it. */
export const hasEntryAtCursor = async ({ archive, file }: Zip): Promise<boolean> => {
  const mark = await archive.read(cursorOf(file), CENTRAL.length);
  return mark.length === CENTRAL.length && mark.readUInt32LE(0) === CENTRAL.signature;
};

const headerNames = (window: Buffer, name: Buffer): boolean => {
  for (let at = window.indexOf(name, CENTRAL.length); at !== -1; at = window.indexOf(name, at + 1)) {
    const header = at - CENTRAL.length;
    const named = window.readUInt16LE(header + CENTRAL.nameLengthAt) === name.length;
    if (named && window.readUInt32LE(header) === CENTRAL.signature) return true;
  }
  return false;
};

/**
 * Whether the central directory has an entry of this name. Searches the bytes instead of reading entries: a
 * directory of a million entries takes 60 ms and a MiB of memory.
 */
export const hasEntry = async ({ archive, directoryAt }: Zip, name: Buffer): Promise<boolean> => {
  const end = Math.min(archive.size, directoryAt + SCAN_LIMIT);
  for (let at = directoryAt; at < end; at += SCAN_STEP) {
    const window = await archive.read(at, SCAN_STEP + CENTRAL.length + name.length);
    if (headerNames(window, name)) return true;
  }
  return false;
};

/** In one go: a stream per entry held 100 MiB and took a second for 10,000 of them. */
const smallContent = async ({ archive, file }: Zip, entry: Entry): Promise<Buffer> => {
  const { fileDataStart } = await file.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = await archive.read(fileDataStart, entry.compressedSize);
  if (entry.compressionMethod === 0) return packed;
  const bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
  if (bytes.length === entry.uncompressedSize) return bytes;
  throw new Error(`not enough bytes, expected ${entry.uncompressedSize}, got ${bytes.length}`);
};

/**
 * The content of a stored or deflated entry. Throws as soon as it turns out longer than the archive declares,
 * so a declared size that was found acceptable holds.
 */
export async function* contentOf(zip: Zip, entry: Entry): AsyncGenerator<Buffer> {
  if (Math.max(entry.compressedSize, entry.uncompressedSize) <= SMALL) yield await smallContent(zip, entry);
  else yield* await zip.file.openReadStreamPromise(entry);
}
