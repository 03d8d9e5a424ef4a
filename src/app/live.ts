import type { AccountKey } from '../domain/ids.ts';
import { SECOND } from '../domain/time.ts';
import { coalescing } from './coalesce.ts';
import { createFeed, type Feed, type Told } from './live-feed.ts';
import { createFollower, type Follower, type Line } from './live-follower.ts';
import type { View } from './live-view.ts';
import type { Store } from './ports.ts';
import type { Later } from './waker.ts';

type Deps = {
  readonly store: Pick<Store, 'events' | 'campaigns' | 'devices'>;
  readonly later: Later;
  /** Milliseconds since any one moment, never back. */
  readonly elapsed: () => number;
};

/** Who follows what, and from where on. */
export type Following = {
  readonly account: AccountKey;
  readonly view: View;
  /** The number up to which everything was told before; `undefined` begins with what happens now. */
  readonly after: number | undefined;
  /** Whether whoever follows may still do so; asked now and then. */
  readonly check: () => Promise<boolean>;
};

/**
 * Events as they happen, told to many streams. There is one reader for each account that is followed, which looks when
 * this process has written (`wake`), and more often than every second for what others wrote.
 */
export type Live = {
  readonly wake: (account: AccountKey | null) => void;
  /** Begins to tell over a line until the line closes; the answer is what to call then. */
  readonly follow: (following: Following, line: Line) => Promise<() => void>;
  /** How many streams are open. */
  readonly open: () => number;
  /** Ends all of them, and those that come later at once. */
  readonly stop: () => void;
};

/** A little more than the pause between two messages, since timers and clocks may differ by a millisecond. */
const PULSE = coalescing.pause + 2;
/** How often it is looked for what other processes wrote: what they did is told within a second. */
const OTHERS = 0.75 * SECOND;

export const createLive = (deps: Deps): Live => {
  const accounts = new Map<AccountKey, Account>();
  let count = 0;
  let stopped = false;

  const accountOf = (key: AccountKey): Account => {
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const account: Account = openAccount(deps, key, () => {
      // Another may have taken its place since.
      if (accounts.get(key) === account) accounts.delete(key);
    });
    accounts.set(key, account);
    return account;
  };

  return {
    wake: (key) => {
      if (accounts.size === 0) return;
      if (key !== null) accounts.get(key)?.wake();
    },
    follow: async (following, line) => {
      if (stopped) {
        line.end();
        return () => undefined;
      }
      const leave = await accountOf(following.account).join(following, line);
      count += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        count -= 1;
        leave();
      };
    },
    open: () => count,
    stop: () => {
      stopped = true;
      for (const account of accounts.values()) account.end();
    },
  };
};

type Account = {
  readonly wake: () => void;
  readonly join: (following: Following, line: Line) => Promise<() => void>;
  readonly end: () => void;
};

const openAccount = (deps: Deps, key: AccountKey, forget: () => void): Account => {
  const { elapsed, later } = deps;
  const followers = new Set<Follower>();
  const feed: Feed = createFeed(deps.store, key);
  let dirty = false;
  let busy = false;
  let lastAt = Number.NEGATIVE_INFINITY;
  let callOff = (): void => undefined;

  const pulse = async (): Promise<void> => {
    busy = true;
    dirty = false;
    lastAt = elapsed();
    try {
      await round();
    } catch {
      // The store shows itself in the calls that need it; what was not read now is read in a second.
    } finally {
      busy = false;
      schedule();
    }
  };

  const round = async (): Promise<void> => {
    await feed.read(
      () => [...followers],
      (told: Told) => {
        for (const follower of followers) follower.add(told);
      },
    );
    const all = [...followers];
    await Promise.all(all.map((follower) => follower.catchUp(feed)));
    const now = elapsed();
    await Promise.all(all.map((follower) => follower.tell(feed, now)));
  };

  /** Soon when there is something to tell or to read, else when others may have written. */
  const schedule = (): void => {
    callOff();
    if (followers.size === 0) {
      forget();
      return;
    }
    const soon = dirty || feed.hasMore() || [...followers].some((follower) => follower.hasMail());
    const wait = soon ? Math.max(0, PULSE - (elapsed() - lastAt)) : OTHERS;
    callOff = later(() => void pulse(), wait);
  };

  return {
    wake: () => {
      if (dirty) return;
      dirty = true;
      if (!busy) schedule();
    },
    join: async ({ after, view, check }, line) => {
      const follower = createFollower({ line, view, check, joined: elapsed() });
      followers.add(follower);
      const leave = (): void => {
        followers.delete(follower);
        if (!busy) schedule();
      };
      try {
        await follower.begin(feed, await feed.ready(), after);
      } catch (error) {
        leave();
        throw error;
      }
      dirty = true;
      if (!busy) schedule();
      return leave;
    },
    end: () => {
      for (const follower of followers) follower.end();
    },
  };
};
