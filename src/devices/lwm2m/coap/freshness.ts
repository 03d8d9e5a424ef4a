/** Tells news from what was overtaken on its way. Nothing of it has to survive: unknown is fresh. */
export type Freshness = {
  /** Whether that is the newest notification of an observation so far; notes it if so (RFC 7641 3.4). */
  readonly isNews: (key: string, token: Uint8Array, sequence: number) => boolean;
  readonly forget: (key: string, token: Uint8Array) => void;
};

const HALF = 2 ** 23;
/** After so long a sequence number may have come round, in milliseconds. */
const LONG = 128_000;
const MOST = 131_072;
const FORGOTTEN_AT_ONCE = 2;

type Newest = { readonly sequence: number; readonly at: number };

const isNewer = (before: Newest, after: Newest): boolean =>
  (before.sequence < after.sequence && after.sequence - before.sequence < HALF) ||
  (before.sequence > after.sequence && before.sequence - after.sequence > HALF) ||
  after.at > before.at + LONG;

export const createFreshness = (clock: () => number): Freshness => {
  // In the order in which they came: the first are the first to be of no use.
  const newest = new Map<string, Newest>();
  const nameOf = (key: string, token: Uint8Array): string => `${key} ${Buffer.from(token).toString('hex')}`;

  const forgetOver = (now: number): void => {
    let left = FORGOTTEN_AT_ONCE;
    for (const [name, { at }] of newest) {
      if (left === 0 || (now - at <= LONG && newest.size < MOST)) return;
      newest.delete(name);
      left -= 1;
    }
  };

  return {
    isNews: (key, token, sequence) => {
      const now = clock();
      const name = nameOf(key, token);
      const before = newest.get(name);
      const after = { sequence, at: now };
      if (before !== undefined && !isNewer(before, after)) return false;
      newest.delete(name);
      forgetOver(now);
      newest.set(name, after);
      return true;
    },
    forget: (key, token) => void newest.delete(nameOf(key, token)),
  };
};
