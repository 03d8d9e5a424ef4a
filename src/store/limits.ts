import type { Change } from '../app/writes.ts';
import type { AccountKey } from '../domain/ids.ts';
import { apart, type Db, Refused, together, type Work } from './db.ts';
import { countTallies, type TallyDelta, tallyName } from './queries/tallies.ts';
import {
  countingOf,
  type Saved,
  type Transition,
  tallyDeltasOf,
  writeTransitions,
} from './queries/updates.ts';
import { placeOf } from './tallies.ts';

export type Limits = NonNullable<Change['limits']>;

/** A transition, and what the tallies may be at most once it is written. */
export type Limited = { readonly transition: Transition; readonly limits: Limits };

/** What was saved, and what moves its counters if these are still to be moved. */
export type Counting = { readonly saved: Saved; readonly counting: readonly Work[] };

/**
 * Writes transitions as `writeTransitions` does, but for those that would take a tally beyond a limit of theirs. All are
 * tried at once; when some are beyond, it is taken back and those that may be are written again. The tallies come after
 * the updates, so that who holds a tally waits for no update, and nobody else can move them until this is committed.
 */
export const saveWithinLimits = async (db: Db, wanted: readonly Limited[]): Promise<Counting> => {
  let left = wanted;
  while (left.some(({ limits }) => limits.length > 0)) {
    const tried = await attempt(db, left);
    if (!(tried instanceof Set)) return { saved: tried, counting: [] };
    left = left.filter((limited) => !tried.has(limited));
  }
  const saved = await writeTransitions(
    db,
    left.map(({ transition }) => transition),
  );
  return { saved, counting: countingOf(db, saved) };
};

const limitPlace = (account: AccountKey, limit: Limits[number]) =>
  placeOf({ account, campaign: limit.campaign }, limit);

/** What was saved or, when some are beyond their limits, those: then nothing was. */
const attempt = async (db: Db, wanted: readonly Limited[]): Promise<Saved | Set<Limited>> => {
  try {
    return await apart(db, async () => {
      const transitions = wanted.map(({ transition }) => transition);
      const saved = await writeTransitions(db, transitions);
      await together(...countingOf(db, saved));
      const over = await findBeyond(
        db,
        wanted.filter(({ transition }) => saved.has(transition)),
      );
      if (over.size > 0) throw new Refused(over);
      return saved;
    });
  } catch (error) {
    if (error instanceof Refused) return error.why as Set<Limited>;
    throw error;
  }
};

const plus = (counts: Map<string, number>, deltas: readonly TallyDelta[], sign: 1 | -1): void => {
  for (const delta of deltas) {
    const name = tallyName(delta);
    counts.set(name, (counts.get(name) ?? 0) + sign * delta.count);
  }
};

/** Which of them, had they come one after the other, would have found a tally beyond their limits after their own. */
const findBeyond = async (db: Db, saved: readonly Limited[]): Promise<Set<Limited>> => {
  const places = saved.flatMap(({ transition, limits }) =>
    limits.map((limit) => limitPlace(transition.account, limit)),
  );
  const counts = new Map(await countTallies(db, places));
  const moves = saved.map((limited) => ({ limited, deltas: tallyDeltasOf(limited.transition) }));
  for (const { deltas } of moves) plus(counts, deltas, -1);
  const beyond = new Set<Limited>();
  for (const { limited, deltas } of moves) {
    plus(counts, deltas, 1);
    if (areKept(limited.transition.account, limited.limits, counts)) continue;
    plus(counts, deltas, -1);
    beyond.add(limited);
  }
  return beyond;
};

const areKept = (account: AccountKey, limits: Limits, counts: ReadonlyMap<string, number>): boolean =>
  limits.every((limit) => (counts.get(tallyName(limitPlace(account, limit))) ?? 0) <= limit.most);

/** Whether the tallies are within these limits, after what this transaction has written. */
export const isWithinLimits = async (db: Db, account: AccountKey, limits: Limits): Promise<boolean> => {
  const counts = await countTallies(
    db,
    limits.map((limit) => limitPlace(account, limit)),
  );
  return areKept(account, limits, counts);
};
