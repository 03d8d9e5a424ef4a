import type { AccountKey } from '../domain/ids.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Pick<Store, 'accounts' | 'events'>; readonly clock: Clock };

/** Events that are looked at in one write: others wait for no longer than that takes. */
const PIECE = 250;

type Place = { readonly account: AccountKey; readonly after: number };

/**
 * Forgets events that are older than so many milliseconds, first what lies together and then a piece at each call, one
 * account after the other; answers whether there is more to look at. With 0 all stay, and there only is made room for
 * others. What campaigns that are not final and outboxes need stays, however old.
 */
export const createEventSweep = ({ store, clock }: Deps, retention: number): (() => Promise<boolean>) => {
  let place: Place | undefined;

  const accountAfter = async (after: number): Promise<Place | undefined> => {
    const [next] = (await store.accounts.list({ after, limit: 1 })).items;
    return next && { account: next.key, after: 0 };
  };

  /** Before when single events are looked at, in this round. */
  let single = 0;
  const begin = async (): Promise<Place | undefined> => {
    const now = clock();
    single = await store.events.turn(now, retention === 0 ? 0 : now - retention);
    return retention === 0 ? undefined : accountAfter(0);
  };

  return async () => {
    const here = place ?? (await begin());
    if (here === undefined) return false;
    const page = { after: here.after, limit: PIECE };
    const { next } = await store.events.expire(here.account, single, page);
    place = next === null ? await accountAfter(here.account) : { account: here.account, after: next };
    return place !== undefined;
  };
};
