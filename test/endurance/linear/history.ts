/** One thing that a client asked of one key, and when: on one clock, from the request to the reply. */
export type Op<Ask, Told> = {
  readonly ask: Ask;
  readonly from: number;
  /** `Infinity` when no reply came: it may have been done at any time since, or never. */
  readonly to: number;
  /** `undefined` when no reply came. */
  readonly told: Told | undefined;
};

/** What one key does when nobody else is there. */
export type Spec<State, Ask, Told> = {
  readonly start: State;
  readonly step: (state: State, ask: Ask) => { readonly state: State; readonly told: Told };
  readonly same: (a: Told, b: Told) => boolean;
  readonly nameOf: (state: State) => string;
};

/**
 * Whether the operations can be put in one order that the clients could not tell from what they saw (Wing and Gong 1993,
 * with the states seen so far remembered as Lowe does): each takes effect at one moment between request and reply.
 */
export const isLinearizable = <State, Ask, Told>(
  { start, step, same, nameOf }: Spec<State, Ask, Told>,
  ops: readonly Op<Ask, Told>[],
): boolean => {
  const all = [...ops].sort((a, b) => a.from - b.from);
  const answered = all.reduce(
    (mask, { told }, index) => (told === undefined ? mask : mask | (1n << BigInt(index))),
    0n,
  );
  const seen = new Set<string>();
  const search = (done: bigint, state: State): boolean => {
    if ((done & answered) === answered) return true;
    const name = `${done.toString(36)} ${nameOf(state)}`;
    if (seen.has(name)) return false;
    seen.add(name);
    const left = [...all.entries()].filter(([index]) => (done & (1n << BigInt(index))) === 0n);
    // Whatever has begun before the first of those left had its reply may be next.
    const first = Math.min(...left.map(([, { to }]) => to));
    return left.some(([index, { ask, from, told }]) => {
      if (from > first) return false;
      const next = step(state, ask);
      if (told !== undefined && !same(told, next.told)) return false;
      return search(done | (1n << BigInt(index)), next.state);
    });
  };
  return search(0n, start);
};
