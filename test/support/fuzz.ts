/** Numbers that look random and are the same in every run: from 0 to below a bound. */
export type Draw = (below: number) => number;

/** Xorshift of 32 bits. */
export const drawFrom = (seed: number): Draw => {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

const pick = <Item>(draw: Draw, items: readonly [Item, ...Item[]]): Item =>
  items[draw(items.length)] ?? items[0];

const noise = (draw: Draw, most: number): Uint8Array =>
  Uint8Array.from({ length: draw(most) }, () => draw(256));

type Sources = {
  /** Inputs that are good. */
  readonly seeds: readonly [Uint8Array, ...Uint8Array[]];
  /** Pieces that mean something in them. */
  readonly words: readonly [Uint8Array, ...Uint8Array[]];
};

const soup = (draw: Draw, { words }: Sources): Uint8Array =>
  Buffer.concat(Array.from({ length: draw(16) }, () => pick(draw, words)));

/** Cuts out, puts in, repeats or overwrites at one place. */
const mutate = (draw: Draw, sources: Sources, input: Uint8Array): Uint8Array => {
  const from = draw(input.length + 1);
  const to = Math.min(input.length, from + draw(16));
  const before = input.subarray(0, from);
  const after = input.subarray(to);
  switch (draw(6)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, pick(draw, sources.words), after]);
    case 3:
      return Buffer.concat([before, noise(draw, 8), after]);
    case 4:
      return Buffer.concat([input.subarray(0, to), input.subarray(from)]);
    default:
      return Buffer.concat([before, pick(draw, sources.seeds).subarray(draw(64))]);
  }
};

/** One input: noise, meaningful pieces at random, or a good input with some faults. */
export const hostileInput = (draw: Draw, sources: Sources): Uint8Array => {
  const kind = draw(8);
  if (kind < 2) return noise(draw, 64);
  if (kind < 6) return soup(draw, sources);
  let input = pick(draw, sources.seeds);
  for (let faults = draw(4); faults >= 0; faults -= 1) input = mutate(draw, sources, input);
  return input;
};
