/** Unsigned whole numbers as bytes, seven bits in each, the lowest first; the eighth says that more follow. */
export const packNumbers = (numbers: readonly number[]): Uint8Array => {
  const bytes: number[] = [];
  for (const number of numbers) {
    let left = number;
    for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
    bytes.push(left);
  }
  return Uint8Array.from(bytes);
};

/** So many numbers, no more and no fewer; `undefined` when the bytes are anything else. */
export const unpackNumbers = (bytes: Uint8Array, count: number): readonly number[] | undefined => {
  const numbers: number[] = [];
  let [number, scale] = [0, 1];
  for (const byte of bytes) {
    number += (byte % 128) * scale;
    scale *= 128;
    if (number > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte > 127) continue;
    numbers.push(number);
    [number, scale] = [0, 1];
  }
  return scale === 1 && numbers.length === count ? numbers : undefined;
};
