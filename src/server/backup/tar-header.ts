/**
 * Headers of the POSIX ustar interchange format (IEEE Std 1003.1, pax, "ustar Interchange Format"), as far as backups need
 * them: regular files, and extended headers (`x`) that carry the size of those of 8 GiB and more.
 */

export const BLOCK = 512;
const MOST_OCTAL = 0o77777777777;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const SUM = { at: 148, length: 8 };
const TYPE = 156;
const MAGIC = { at: 257, text: 'ustar\u000000' };

/** What is known of an entry before its bytes. */
export type Entry = { readonly name: string; readonly size: number };

/** A header, of whatever type; `size` is absent where it was told to be in an extended header. */
export type Header = Entry & { readonly type: 'file' | 'extended' };

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

/** The sum of all bytes, those of the sum itself taken as blanks. */
const sumOf = (block: Buffer): number =>
  block.reduce((sum, byte, at) => sum + (at >= SUM.at && at < SUM.at + SUM.length ? 32 : byte), 0);

const block = ({ name, size, type }: Header, seconds: number): Buffer => {
  if (Buffer.byteLength(name) > NAME.length) throw new RangeError(`too long a name for a tar: ${name}`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, NAME.at);
  header.write(octal(0o600, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size > MOST_OCTAL ? 0 : size, SIZE.length), SIZE.at);
  header.write(octal(seconds, 12), 136);
  header.write(type === 'file' ? '0' : 'x', TYPE);
  header.write(MAGIC.text, MAGIC.at);
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, SUM.at);
  return header;
};

/** Zeros after an entry of this size, up to a whole block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** A record of an extended header begins with its own length, the digits of that included. */
const record = (text: string): string => {
  const rest = ` ${text}\n`;
  const length = (digits: number): number => digits + Buffer.byteLength(rest);
  const digits = String(length(1)).length;
  const whole = length(digits);
  return `${String(whole).length === digits ? whole : length(digits + 1)}${rest}`;
};

/** What is before the bytes of an entry. `seconds` is when it was made, since 1970. */
export const headersOf = (entry: Entry, seconds: number): Buffer => {
  const header = block({ ...entry, type: 'file' }, seconds);
  if (entry.size <= MOST_OCTAL) return header;
  const extension = Buffer.from(record(`size=${entry.size}`));
  const before = block({ name: 'pax', size: extension.length, type: 'extended' }, seconds);
  return Buffer.concat([before, extension, Buffer.alloc(paddingOf(extension.length)), header]);
};

/** What is after the last entry. */
export const endOfArchive = Buffer.alloc(2 * BLOCK);

const textAt = (header: Buffer, at: number, length: number): string => {
  const text = header.toString('utf8', at, at + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
};

const octalAt = (header: Buffer, at: number, length: number): number => {
  const text = textAt(header, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
};

/** A block as a header: `end` for one of zeros, `undefined` for what is none that this file writes. */
export const readHeader = (bytes: Buffer): Header | 'end' | undefined => {
  if (bytes.every((byte) => byte === 0)) return 'end';
  if (octalAt(bytes, SUM.at, SUM.length) !== sumOf(bytes)) return undefined;
  const size = octalAt(bytes, SIZE.at, SIZE.length);
  const type = { '0': 'file', x: 'extended' }[textAt(bytes, TYPE, 1)] as Header['type'] | undefined;
  if (type === undefined || Number.isNaN(size)) return undefined;
  return { name: textAt(bytes, NAME.at, NAME.length), size, type };
};

/** The size that an extended header tells of the entry after it. */
export const sizeIn = (extension: Buffer): number | undefined => {
  const size = /^\d+ size=(\d{1,16})$/m.exec(extension.toString('utf8'))?.[1];
  return size === undefined ? undefined : Number(size);
};
