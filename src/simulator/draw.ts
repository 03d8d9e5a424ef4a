/** What a draw is for: names and numbers, such as the device, the purpose and which time it is. */
export type Purpose = readonly (string | number)[];

const mixed = (hash: number, value: number): number => {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
};

const withText = (hash: number, text: string): number => {
  let h = mixed(hash, text.length);
  for (let at = 0; at < text.length; at += 1) h = mixed(h, text.charCodeAt(at));
  return h;
};

const settled = (hash: number): number => {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/**
 * A number from 0 up to 1 that follows from the seed and what it is for alone: whoever draws first, and however many
 * draw at the same time, each gets the same. (The mixing steps are those of MurmurHash3.)
 */
export const draw = (seed: number, ...purpose: Purpose): number => {
  let hash = mixed(0, seed);
  for (const part of purpose) hash = typeof part === 'string' ? withText(hash, part) : mixed(hash, part);
  return settled(hash) / 0x1_0000_0000;
};

/** One of several, by weights that need not add up to anything. */
export const pick = <Name extends string>(weights: Readonly<Record<Name, number>>, drawn: number): Name => {
  const all = Object.entries(weights) as [Name, number][];
  const total = all.reduce((sum, [, weight]) => sum + weight, 0);
  let left = drawn * total;
  for (const [name, weight] of all) {
    left -= weight;
    if (left < 0) return name;
  }
  const [first] = all;
  if (first === undefined) throw new Error('there is nothing to pick from');
  return first[0];
};

/** From `least` to `most`, so that small values are as likely as large ones of their own size. */
export const between = (least: number, most: number, drawn: number): number =>
  least * (most / least) ** drawn;
