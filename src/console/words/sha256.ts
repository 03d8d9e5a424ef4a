const K = Uint32Array.of(
  ...[0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
  ...[0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
  ...[0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
  ...[0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
  ...[0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
  ...[0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
  ...[0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
  ...[0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
);
const START = [
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
];
const BLOCK = 64;

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** SHA-256 (FIPS 180-4, section 6.2) of bytes that come piece by piece. */
export type Sha256 = {
  readonly update: (bytes: Uint8Array) => void;
  /** In lower-case hex; nothing can be added afterwards. */
  readonly finish: () => string;
};

/** The browser's own digest wants all bytes at once, and a secure origin. */
export const newSha256 = (): Sha256 => {
  const state = Uint32Array.from(START);
  const words = new Uint32Array(BLOCK);
  const rest = new Uint8Array(BLOCK);
  let kept = 0;
  let length = 0;

  const at = (list: Uint32Array, index: number): number => list[index] ?? 0;

  const spread = (view: DataView, from: number): void => {
    for (let n = 0; n < 16; n += 1) words[n] = view.getUint32(from + 4 * n);
    for (let n = 16; n < BLOCK; n += 1) {
      const a = at(words, n - 15);
      const b = at(words, n - 2);
      const s0 = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
      const s1 = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
      words[n] = at(words, n - 16) + s0 + at(words, n - 7) + s1;
    }
  };

  const mix = (view: DataView, from: number): void => {
    spread(view, from);
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let n = 0; n < BLOCK; n += 1) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + at(K, n) + at(words, n)) | 0;
      const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    for (const [n, word] of [a, b, c, d, e, f, g, h].entries()) state[n] = at(state, n) + word;
  };

  const viewOf = (bytes: Uint8Array): DataView =>
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  const update = (bytes: Uint8Array): void => {
    length += bytes.length;
    let from = 0;
    if (kept > 0) {
      from = Math.min(BLOCK - kept, bytes.length);
      rest.set(bytes.subarray(0, from), kept);
      kept += from;
      if (kept < BLOCK) return;
      mix(viewOf(rest), 0);
    }
    const view = viewOf(bytes);
    for (; from + BLOCK <= bytes.length; from += BLOCK) mix(view, from);
    rest.set(bytes.subarray(from));
    kept = bytes.length - from;
  };

  return {
    update,
    finish: () => {
      const bits = BigInt(length) * 8n;
      const padding = new Uint8Array((kept < 56 ? 56 : 120) - kept + 8);
      padding[0] = 0x80;
      viewOf(padding).setBigUint64(padding.length - 8, bits);
      update(padding);
      return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
    },
  };
};
