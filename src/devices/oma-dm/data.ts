import { isUtf8 } from 'node:buffer';
import type { Data } from './message.ts';

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Text of UTF-8, a mark at its beginning included; `undefined` where it is none. */
export const utf8Of = (bytes: Uint8Array): string | undefined =>
  isUtf8(bytes) ? bufferOf(bytes).toString('utf8') : undefined;

/** Bytes as they stand, text in UTF-8. */
export const bytesOf = (data: Data): Uint8Array =>
  typeof data === 'string' ? plain(Buffer.from(data, 'utf8')) : data;

/** Text as it stands; bytes that are UTF-8 as text, others in base64. */
export const textOf = (data: Data): string =>
  typeof data === 'string' ? data : (utf8Of(data) ?? toBase64(data));

export const toBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64');

/** The bytes of base64, white space ignored; `undefined` where it is none, or not in its one canonical form. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  const compact = text.replace(/\s+/g, '');
  const bytes = Buffer.from(compact, 'base64');
  return bytes.toString('base64') === compact ? plain(bytes) : undefined;
};

/**
 * Content by its Format: `bin` is bytes; `b64` is the bytes it stands for (text where it does not decode, as a chunk of
 * a large object may); anything else is text where it is UTF-8.
 */
export const dataOf = (content: Data, format: string | undefined): Data => {
  if (format === 'bin') return bytesOf(content);
  const text = typeof content === 'string' ? content : utf8Of(content);
  if (text === undefined) return content;
  return format === 'b64' ? (fromBase64(text) ?? text) : text;
};

/**
 * A large object from the data of its chunks, under the Format of the first (B1.8). Base64 may have been cut anywhere,
 * and text within a character.
 */
export const joinChunks = (chunks: readonly Data[], format: string | undefined): Data => {
  if (format !== 'b64') return dataOf(plain(Buffer.concat(chunks.map(bytesOf))), format);
  return dataOf(
    chunks.map((chunk) => (typeof chunk === 'string' ? chunk : toBase64(chunk))).join(''),
    format,
  );
};

/** Bytes that data took in its message, as the Size of a large object counts them: base64 as such (B1.8). */
export const carriedSize = (data: Data, format: string | undefined): number => {
  if (typeof data === 'string') return Buffer.byteLength(data);
  return format === 'b64' ? toBase64(data).length : data.length;
};
