import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query';
import { type Client, follow, ProblemError, type StreamMessage } from '../../client/muster.ts';
import type { Campaign } from '../../wire/muster/campaigns.ts';
import type { Update } from '../../wire/muster/members.ts';
import { freshness } from './freshness.ts';
import { keys } from './keys.ts';

type Messages = { readonly [Message in StreamMessage as Message['type']]: Message['data'] };
type LiveEvent = Messages['events']['events'][number];

/** Without a sign of life for so long the stream counts as down; one comes at least every 15 seconds. */
const SILENCE = 20_000;
const LOOK_EVERY = 2_000;
const POLL_EVERY = 5_000;
/** A tab that nobody sees lets go of its connection after this: a browser has six for a server. */
const HIDDEN_FOR = 30_000;
/** Lists and charts are read again at most this often, whatever happens. */
const READ_AGAIN_EVERY = 500;
const MOST_PAGES_AGAIN = 3;

/** A list that somebody has scrolled far down is not read again from its beginning while they look at its end. */
export const isShort = ({ state }: { readonly state: { readonly data: unknown } }): boolean => {
  const { data } = state;
  if (typeof data !== 'object' || data === null || !('pages' in data)) return true;
  return !Array.isArray(data.pages) || data.pages.length <= MOST_PAGES_AGAIN;
};

/** Reads again what was named since the last time, at once the first time and then once in a while. */
const newReader = (queries: QueryClient) => {
  const waiting = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    const now = [...waiting.values()];
    waiting.clear();
    timer = now.length === 0 ? undefined : setTimeout(flush, READ_AGAIN_EVERY);
    for (const queryKey of now) void queries.invalidateQueries({ queryKey, predicate: isShort });
  };
  return {
    again: (...named: readonly QueryKey[]): void => {
      for (const key of named) waiting.set(JSON.stringify(key), key);
      timer ??= setTimeout(flush, 0);
    },
    stop: (): void => clearTimeout(timer),
  };
};

type Pages = InfiniteData<{ readonly items: readonly Campaign[] }>;

/** Writes what the stream tells of a campaign into what is shown of it. */
const patchProgress = (
  queries: QueryClient,
  account: string,
  { campaign, status, counts }: Messages['campaign-progress'],
): void => {
  queries.setQueryData(keys.counts(account, campaign), counts);
  // The server names only statuses that the list of the API has.
  const withStatus = <One extends Campaign>(one: One): One =>
    one.id === campaign ? { ...one, status: status as Campaign['status'] } : one;
  queries.setQueryData<Campaign>(keys.detail(account, campaign), (now) => now && withStatus(now));
  queries.setQueriesData<Pages>({ queryKey: [...keys.campaigns(account), 'list'] }, (now) =>
    now?.pages === undefined
      ? now
      : { ...now, pages: now.pages.map((page) => ({ ...page, items: page.items.map(withStatus) })) },
  );
};

/** A page of a list of devices that is gone about in. */
type MemberPage = { readonly items: readonly Update[] };

/** What an event makes of the line of its device, where the event alone can say. */
const movedBy = ({ type, at, data }: LiveEvent): ((was: Update) => Update) | undefined => {
  if (type === 'update-moved' && typeof data['to'] === 'string') {
    const position = data['to'];
    return (was) => ({ ...was, position, since: at, heardAt: at });
  }
  return undefined;
};

/** Lines of devices that are shown move with their events, without the list being read again. */
const patchMembers = (queries: QueryClient, account: string, events: readonly LiveEvent[]): void => {
  for (const [campaign, about] of Map.groupBy(events, (event) => event.campaign)) {
    if (campaign === null) continue;
    const moves = new Map(about.map((event) => [event.device, movedBy(event)]));
    const moved = (page: MemberPage): MemberPage => ({
      ...page,
      items: page.items.map((item) => moves.get(item.device)?.(item) ?? item),
    });
    queries.setQueriesData<MemberPage>(
      { queryKey: keys.members(account, campaign) },
      (now) => now && moved(now),
    );
  }
};

const keysOfEvent = (account: string, event: LiveEvent): readonly QueryKey[] => {
  const { type, campaign, device } = event;
  return [
    ...(campaign === null ? [] : keysOfCampaignEvent(account, campaign, event)),
    ...(device === null ? [] : [keys.device(account, device)]),
    ...(/^devices?-/.test(type) ? [keys.devices(account)] : []),
    ...(type.startsWith('package-') ? [keys.packages(account)] : []),
    keys.events(account),
  ];
};

/** Counts come with the progress of a campaign, so they are not asked for. */
const keysOfCampaignEvent = (
  account: string,
  campaign: string,
  { type, device }: LiveEvent,
): readonly QueryKey[] => {
  const moves = [
    keys.members(account, campaign),
    keys.marks(account, campaign),
    keys.rollout(account, campaign),
    keys.course(account, campaign),
    keys.waiting(account, campaign),
    keys.campaignEvents(account, campaign),
    ...(/^(?:updates?-closed|update-retried|campaign-)/.test(type) ? [keys.failures(account)] : []),
  ];
  return device === null
    ? [...moves, keys.detail(account, campaign), keys.campaigns(account), keys.counts(account, campaign)]
    : moves;
};

/**
 * Follows an account for as long as the page is there: patches what is shown, reads again what an event is about, and
 * asks for everything now and then while the stream is down. Gives the end of it.
 */
export const startLive = (
  client: Client,
  account: string,
  queries: QueryClient,
  expire: () => void,
): (() => void) => {
  const reader = newReader(queries);
  let connection = new AbortController();
  let lastEventId: string | undefined;
  let over = false;
  let hiddenSince: number | undefined;
  let polledAt = 0;

  const heard = (id: string | undefined): void => {
    lastEventId = id ?? lastEventId;
    freshness.set({ mode: 'live', at: Date.now() });
  };
  const lost = (): void => freshness.set((now) => (now.mode === 'live' ? { ...now, mode: 'polling' } : now));

  const take = (message: StreamMessage): void => {
    if (message.type === 'campaign-progress') patchProgress(queries, account, message.data);
    else if (message.type === 'events') {
      patchMembers(queries, account, message.data.events);
      reader.again(...message.data.events.flatMap((event) => keysOfEvent(account, event)));
    } else reader.again(keys.all(account));
  };

  const run = async (): Promise<void> => {
    connection = new AbortController();
    const { signal } = connection;
    try {
      const options = { signal, heard, lost, ...(lastEventId !== undefined && { lastEventId }) };
      for await (const message of follow(client, options)) take(message);
    } catch (error) {
      lost();
      if (error instanceof ProblemError && error.problem.status === 401) expire();
    }
  };

  const poll = async (): Promise<void> => {
    polledAt = Date.now();
    await queries.refetchQueries({ queryKey: keys.all(account), type: 'active' });
    const newest = Math.max(
      0,
      ...queries
        .getQueryCache()
        .getAll()
        .map((query) => query.state.dataUpdatedAt),
    );
    freshness.set((now) =>
      now.mode === 'live'
        ? now
        : { mode: newest >= polledAt ? 'polling' : 'offline', at: Math.max(now.at, newest) },
    );
  };

  const look = (): void => {
    const now = Date.now();
    if (hiddenSince !== undefined) {
      if (now - hiddenSince > HIDDEN_FOR) connection.abort();
      return;
    }
    const { mode, at } = freshness.get();
    if (mode === 'live' && now - at > SILENCE) {
      lost();
      connection.abort();
      void run();
    }
    if (freshness.get().mode !== 'live' && now - polledAt >= POLL_EVERY) void poll();
  };

  const turn = (): void => {
    if (document.visibilityState === 'hidden') {
      hiddenSince = Date.now();
      return;
    }
    hiddenSince = undefined;
    if (connection.signal.aborted && !over) void run();
  };

  polledAt = Date.now();
  const timer = setInterval(look, LOOK_EVERY);
  document.addEventListener('visibilitychange', turn);
  void run();
  return () => {
    over = true;
    clearInterval(timer);
    reader.stop();
    document.removeEventListener('visibilitychange', turn);
    connection.abort();
    freshness.set({ mode: 'connecting', at: Date.now() });
  };
};
