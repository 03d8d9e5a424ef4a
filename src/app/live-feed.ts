import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Moved } from './coalesce.ts';
import type { StoredEvent } from './event-records.ts';
import type { Counts } from './lists.ts';
import { concerns, type View } from './live-view.ts';
import type { Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';

/** An event with the ids of what it is about; `null` where it is about none, or where that was deleted since. */
export type NamedEvent = {
  readonly seq: number;
  readonly event: StoredEvent;
  readonly campaign: string | null;
  readonly device: string | null;
};

/** How far a campaign is. */
export type Progress = { readonly campaign: StoredCampaign; readonly counts: Counts };

/** Everything up to a number was read, and this of it concerns somebody. */
export type Told = { readonly upTo: number; readonly events: readonly NamedEvent[] };

type Watcher = { readonly view: View };

/** Reads what happens in one account, once for all who follow it. */
export type Feed = {
  /** The number of the latest event when this began to read, or that up to which it has read. */
  readonly ready: () => Promise<number>;
  /** Up to which number everything was told. */
  readonly seen: () => number;
  /** Reads what is new, and tells it in pieces. */
  readonly read: (watchers: () => readonly Watcher[], tell: (told: Told) => void) => Promise<void>;
  /** Whether the last reading stopped before the end. */
  readonly hasMore: () => boolean;
  /** A piece of the history after a number, as one watcher sees it; `undefined` when the history does not go back to it. */
  readonly piece: (watcher: Watcher, after: number) => Promise<Told | undefined>;
  /** The number of the latest event now. */
  readonly newest: () => Promise<number>;
  /** How far a campaign is, no older than an event of it; `undefined` once it is deleted. */
  readonly progress: (campaign: CampaignKey, seq: number) => Promise<Progress | undefined>;
};

const PIECE = 500;
/** Pieces that are read before anything is sent. */
const PIECES = 4;
const MOST_NAMES = 10_000;

type Deps = Pick<Store, 'events' | 'campaigns' | 'devices'>;

export const createFeed = (store: Deps, account: AccountKey): Feed => {
  const names = namesIn(store, account);
  const snapshots = new Map<
    CampaignKey,
    { readonly at: number; readonly found: ReturnType<Feed['progress']> }
  >();
  let seen = 0;
  let more = false;
  let begun: Promise<void> | undefined;

  const newest = async (): Promise<number> => {
    const about = { campaign: null, device: null };
    const [last] = await store.events.list(account, about, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    return last?.seq ?? 0;
  };

  const begin = (): Promise<void> => {
    begun ??= newest().then(
      (seq) => {
        seen = seq;
      },
      (error: unknown) => {
        begun = undefined;
        throw error;
      },
    );
    return begun;
  };

  const readPiece = async (
    watchers: readonly Watcher[],
    after: number,
  ): Promise<Told & { whole: boolean }> => {
    const events = await store.events.since(account, { after, limit: PIECE });
    const wanted = events.filter((event) => watchers.some(({ view }) => concerns(view, event)));
    return {
      upTo: events.at(-1)?.seq ?? after,
      events: await names.of(wanted),
      whole: events.length < PIECE,
    };
  };

  const look = async (campaign: CampaignKey): Promise<Progress | undefined> => {
    const found = await store.campaigns.get(account, campaign);
    return found && { campaign: found, counts: await store.campaigns.counts(account, campaign) };
  };

  return {
    ready: async () => {
      await begin();
      return seen;
    },
    seen: () => seen,
    newest,
    hasMore: () => more,
    read: async (watchers, tell) => {
      await begin();
      more = true;
      for (let pieces = 0; more && pieces < PIECES; pieces += 1) {
        const { whole, ...told } = await readPiece(watchers(), seen);
        seen = told.upTo;
        more = !whole;
        tell(told);
      }
    },
    piece: async (watcher, after) => {
      const [first] = await store.events.since(account, { after, limit: 1 });
      if (first !== undefined && first.seq !== after + 1) return undefined;
      return readPiece([watcher], after);
    },
    progress: (campaign, seq) => {
      const known = snapshots.get(campaign);
      if (known !== undefined && known.at >= seq) return known.found;
      if (snapshots.size >= MOST_NAMES) snapshots.clear();
      const found = look(campaign);
      snapshots.set(campaign, { at: seen, found });
      // A failure is not remembered.
      found.catch(() => snapshots.delete(campaign));
      return found;
    },
  };
};

/** Ids by keys: they never change, so they are remembered, up to so many. */
const namesIn = (store: Deps, account: AccountKey) => {
  const campaigns = new Map<CampaignKey, string>();
  const devices = new Map<DeviceKey, string>();

  const nameOf = async <Key>(
    known: Map<Key, string>,
    key: Key | null,
    find: (key: Key) => Promise<{ readonly id: string } | undefined>,
  ): Promise<string | null> => {
    if (key === null) return null;
    const name = known.get(key);
    if (name !== undefined) return name;
    const found = await find(key);
    if (found === undefined) return null;
    if (known.size >= MOST_NAMES) known.clear();
    known.set(key, found.id);
    return found.id;
  };

  return {
    of: (events: readonly StoredEvent[]): Promise<readonly NamedEvent[]> =>
      Promise.all(
        events.map(async (event) => ({
          seq: event.seq,
          event,
          campaign: await nameOf(campaigns, event.campaign, (key) => store.campaigns.get(account, key)),
          device: await nameOf(devices, event.device, (key) => store.devices.get(account, key)),
        })),
      ),
  };
};

/** By which events which campaigns have moved. */
export const movedIn = (
  events: readonly NamedEvent[],
  counts: (event: StoredEvent) => boolean,
): readonly Moved[] =>
  events.flatMap(({ event, seq }) =>
    event.campaign !== null && counts(event) ? [{ campaign: event.campaign, seq }] : [],
  );
