import { isUtf8 } from 'node:buffer';

/** The text, or `undefined` where the bytes are no UTF-8. */
export const utf8 = (bytes: Uint8Array): string | undefined =>
  isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : undefined;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Bytes of base64 in either alphabet, with or without padding: versions of LwM2M disagree (reference A1.9). */
export const base64 = (text: string): Uint8Array | undefined => {
  if (!BASE64.test(text)) return undefined;
  const symbols = text.replace(/=+$/, '');
  return symbols.length % 4 === 1 ? undefined : new Uint8Array(Buffer.from(symbols, 'base64'));
};
