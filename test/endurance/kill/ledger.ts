/** What a server did that it must not do. */
export type Flaw = {
  readonly kind: 'lost' | 'doubled' | 'wrong';
  readonly what: string;
};

/** What was acknowledged by a server, and what of it was not so; kept by those who were told, outside of it. */
export type Ledger = {
  /** A write was acknowledged. */
  readonly note: (kind: string) => void;
  readonly flaw: (kind: Flaw['kind'], what: string) => void;
  /** Acknowledged writes by their kind. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly total: () => number;
  readonly flaws: readonly Flaw[];
  readonly flawsOf: (kind: Flaw['kind']) => number;
};

export const newLedger = (): Ledger => {
  const counts = new Map<string, number>();
  const flaws: Flaw[] = [];
  return {
    note: (kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1),
    flaw: (kind, what) => flaws.push({ kind, what }),
    counts: () => Object.fromEntries(counts),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    flaws,
    flawsOf: (kind) => flaws.filter((flaw) => flaw.kind === kind).length,
  };
};
