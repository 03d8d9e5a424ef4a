import type { EventBody, StoredEvent } from '../../app/event-records.ts';
import type { Store } from '../../app/ports.ts';
import type { Later } from '../../app/waker.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../../domain/ids.ts';
import { SECOND } from '../../domain/time.ts';

type Deps = {
  readonly store: Pick<Store, 'events' | 'updates' | 'campaigns'>;
  readonly later: Later;
  /** Accounts that somebody of ours is registered in. */
  readonly accounts: () => Iterable<AccountKey>;
  /** There may be something for a device to do. */
  readonly tell: (account: AccountKey, device: DeviceKey) => void;
  readonly report: (error: unknown) => void;
};

/**
 * Hears of what happens in campaigns, so that devices which are awake need not wait for their next registration update.
 * It reads the history: when this process has written, and every two seconds for what others wrote.
 */
export type News = {
  readonly wake: (account: AccountKey | null) => void;
  readonly stop: () => Promise<void>;
};

const EVERY = 2 * SECOND;
/** Commits come in bursts. */
const SOON = 50;
const PIECE = 500;

/** Events after which the gate may be open to many devices, or many are asked to stop. */
const campaignNews: ReadonlySet<EventBody['type']> = new Set([
  'campaign-started',
  'campaign-resumed',
  'campaign-edited',
  'campaign-wave-opened',
  'campaign-scope-released',
  'campaign-cancelled',
  'campaign-ended',
  'updates-added',
  'updates-recalled',
]);

export const createNews = ({ store, later, accounts, tell, report }: Deps): News => {
  const seen = new Map<AccountKey, number>();
  let callOff: (() => void) | undefined;
  let reading: Promise<void> | undefined;
  let stopped = false;
  let again = false;

  const newest = async (account: AccountKey): Promise<number> => {
    const about = { campaign: null, device: null };
    const [last] = await store.events.list(account, about, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    return last?.seq ?? 0;
  };

  /** All devices that an account's campaign has open updates of, in pieces. */
  const tellMembers = async (account: AccountKey, campaign: CampaignKey): Promise<void> => {
    const filter = { positions: [], outcomes: [], open: true };
    for (let after: number | null = 0; after !== null && !stopped; ) {
      const page: Awaited<ReturnType<Store['updates']['list']>> = await store.updates.list(
        account,
        campaign,
        filter,
        { after, limit: PIECE },
      );
      for (const { device } of page.items) tell(account, device);
      after = page.next;
    }
  };

  /** Whoever was registered before this process heard anything may have missed something. */
  const begin = async (account: AccountKey): Promise<void> => {
    seen.set(account, await newest(account));
    for (const open of await store.campaigns.withOpenUpdates()) {
      if (open.account === account) await tellMembers(account, open.campaign.key);
    }
  };

  const follow = async (account: AccountKey, after: number): Promise<void> => {
    const scans = new Set<CampaignKey>();
    for (let from = after; !stopped; ) {
      const events = await store.events.since(account, { after: from, limit: PIECE });
      for (const event of events) {
        const { device, campaign, body, seq } = event;
        from = seq;
        if (device !== null && isForDevice(event)) tell(account, device);
        else if (device === null && campaign !== null && campaignNews.has(body.type)) scans.add(campaign);
      }
      seen.set(account, from);
      if (events.length < PIECE) break;
    }
    for (const campaign of scans) await tellMembers(account, campaign);
  };

  const readAll = async (): Promise<void> => {
    const present = [...accounts()];
    for (const account of present) {
      const after = seen.get(account);
      await (after === undefined ? begin(account) : follow(account, after));
    }
    for (const account of seen.keys()) if (!present.includes(account)) seen.delete(account);
  };

  const round = (): void => {
    callOff = undefined;
    again = false;
    reading = readAll()
      .catch(report)
      .finally(() => {
        reading = undefined;
        schedule(again ? SOON : EVERY);
      });
  };

  const schedule = (milliseconds: number): void => {
    callOff?.();
    if (!stopped) callOff = later(round, milliseconds);
  };

  schedule(SOON);
  return {
    wake: () => {
      if (again) return;
      again = true;
      if (reading === undefined) schedule(SOON);
    },
    stop: async () => {
      stopped = true;
      callOff?.();
      await reading;
    },
  };
};

/** What a device does itself is no news to it. */
const isForDevice = ({ actor, body }: StoredEvent): boolean =>
  actor.kind !== 'device' && (body.type.startsWith('update-') || body.type === 'device-accepted');
