/** Reads numbers and vectors of TLS one after the other; `undefined` once there are too few bytes. */
export type Reader = {
  /** A number of one to six bytes, the highest first. */
  readonly number: (size: number) => number | undefined;
  readonly bytes: (length: number) => Uint8Array | undefined;
  /** Bytes after their own length, which takes `size` bytes. */
  readonly vector: (size: number) => Uint8Array | undefined;
  readonly left: () => number;
};

export const readerOf = (input: Uint8Array): Reader => {
  let at = 0;
  const bytes = (length: number): Uint8Array | undefined => {
    if (at + length > input.length) return undefined;
    at += length;
    return input.subarray(at - length, at);
  };
  const number = (size: number): number | undefined => {
    if (at + size > input.length) return undefined;
    let sum = 0;
    for (const end = at + size; at < end; at += 1) sum = sum * 256 + (input[at] ?? 0);
    return sum;
  };
  const vector = (size: number): Uint8Array | undefined => {
    const length = number(size);
    return length === undefined ? undefined : bytes(length);
  };
  return { number, bytes, vector, left: () => input.length - at };
};

/** Bytes as a number, the highest first; exact for up to six of them. */
export const numberOf = (bytes: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum = sum * 256 + (bytes[at] ?? 0);
  return sum;
};

/** A number as so many bytes, the highest first. */
export const bytesOf = (value: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let at = size - 1; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
};

/** The length in `size` bytes, then the bytes. */
export const vectorOf = (bytes: Uint8Array, size: number): Uint8Array =>
  joined(bytesOf(bytes.length, size), bytes);

/** One array of its own, in the order given; plain, so that small ones stay within the heap of the engine. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
