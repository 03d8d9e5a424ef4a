/** Numbers from 0 to below 1, the same for the same seed. */
export type Random = () => number;

/** Mulberry32: 32 bits of state, far more than the draws of a forecast need. */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

/** A log-normal draw around a median: the logarithm varies by `sigma` (Box and Muller 1958). */
export const drawAround = (random: Random, median: number, sigma: number): number => {
  if (sigma === 0) return median;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
};

/** The least of so many draws that are even between 0 and `span`. */
export const drawLeast = (random: Random, count: number, span: number): number =>
  span * (1 - (1 - random()) ** (1 / count));
