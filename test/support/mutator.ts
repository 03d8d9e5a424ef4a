/** A stream of bytes that are nearly right: the same for the same seed. What it gives is overwritten by the next. */
export type Mutator = () => Uint8Array;

/** Numbers of 32 bits that look random; the algorithm is xorshift32. */
const createRandom = (seed: number): ((below: number) => number) => {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

const NEW_BYTES = 24;

/** One in eight is random altogether; of the others each is one of the vectors with up to four changes. */
export const createMutator = (vectors: readonly Uint8Array[], seed: number): Mutator => {
  const random = createRandom(seed);
  const buffer = new Uint8Array(NEW_BYTES + 2 * Math.max(...vectors.map(({ length }) => length)));
  const fresh = (): Uint8Array => {
    const bytes = buffer.subarray(0, random(NEW_BYTES));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = random(256);
    return bytes;
  };
  const change = (length: number): number => {
    const at = random(length || 1);
    const kind = random(5);
    if (kind === 0) buffer[at] = random(256);
    else if (kind === 1) buffer[at] = (buffer[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) return at;
    else if (kind === 3 && length > 0) buffer.copyWithin(at, at + 1, length);
    else if (length < buffer.length) buffer.copyWithin(at + 1, at, length);
    if (kind === 3 && length > 0) return length - 1;
    return kind === 4 && length < buffer.length ? length + 1 : length;
  };
  return () => {
    if (random(8) === 0) return fresh();
    const vector = vectors[random(vectors.length)] ?? new Uint8Array();
    buffer.set(vector);
    let { length } = vector;
    for (let changes = random(5); changes > 0; changes -= 1) length = change(length);
    return buffer.subarray(0, length);
  };
};

const INPUTS = 1_000_000;
const SEED = 20_240_601;

/** Gives a decoder a million inputs, the same in every run; answers how many of them it could read. */
export const countReadable = (
  vectors: readonly Uint8Array[],
  read: (bytes: Uint8Array) => boolean,
  inputs = INPUTS,
): number => {
  const mutated = createMutator(vectors, SEED);
  let readable = 0;
  for (let input = 0; input < inputs; input += 1) if (read(mutated())) readable += 1;
  return readable;
};
