/** The value below which that part of the sorted values lies; NaN of none. */
export const quantile = (sorted: ArrayLike<number>, part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

export const median = (values: Iterable<number>): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

export type Latency = { readonly p50: number; readonly p99: number; readonly worst: number };

/** All in milliseconds. */
export const latencyOf = (rounds: readonly Float64Array[]): Latency => {
  const all = new Float64Array(rounds.reduce((sum, round) => sum + round.length, 0));
  let at = 0;
  for (const round of rounds) {
    all.set(round, at);
    at += round.length;
  }
  all.sort();
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99), worst: all.at(-1) ?? Number.NaN };
};
