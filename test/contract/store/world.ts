import { afterAll, beforeAll } from 'vitest';
import type { NewEvent, StoredEvent } from '../../../src/app/event-records.ts';
import type { Counts, Page } from '../../../src/app/lists.ts';
import type { Store } from '../../../src/app/ports.ts';
import type {
  ListedUpdate,
  Stored,
  StoredCampaign,
  StoredDevice,
  StoredPackage,
  StoredUpdate,
} from '../../../src/app/records.ts';
import type { Committed, Write } from '../../../src/app/writes.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { Device } from '../../../src/domain/device.ts';
import type { AccountKey } from '../../../src/domain/ids.ts';
import type { Package } from '../../../src/domain/package.ts';
import {
  ada,
  NOON,
  sampleAccount,
  sampleCampaign,
  sampleDestination,
  sampleDevice,
  sampleEvent,
  samplePackage,
  sampleSubscription,
} from '../../support/samples.ts';

/** Opens an empty store; `end` closes it and removes what it kept. */
export type OpenStore = () => Promise<{ readonly store: Store; readonly end: () => Promise<void> }>;

/** A store for the tests of a `describe`; they keep out of each other's way by accounts of their own. */
export const useStore = (open: OpenStore): (() => Store) => {
  let opened: Awaited<ReturnType<OpenStore>> | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.end());
  return () => {
    if (opened === undefined) throw new Error('the store is not open yet');
    return opened.store;
  };
};

export const EVERYTHING = { after: 0, limit: 1_000 } as const;
export const ALL = { type: 'all' } as const;
export const NOWHERE = { campaign: null, device: null } as const;
export const NO_FILTER = { positions: [], outcomes: [], open: null } as const;
export const ANY_PACKAGE = { text: '', kind: null, make: '', model: '' } as const;
export const ANY_CAMPAIGN = {
  ...{ text: '', description: '', ids: [], statuses: [], packageIds: [], createdFrom: 0 },
} as const;

/** What a test needs must be there. */
export const must = <Value>(value: Value | undefined, what = 'the record'): Value => {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
};

export const accepted = (committed: Committed): void => {
  if (!committed.ok) throw new Error(`the change was not accepted: ${JSON.stringify(committed)}`);
};

export type World = ReturnType<typeof around>;

/** A store with a new account and short ways to fill it. */
export const newWorld = async (store: Store): Promise<World> => around(store, await newAccount(store));

export const newAccount = async (store: Store, id = sampleAccount().id): Promise<AccountKey> => {
  const value = sampleAccount({ id });
  accepted(
    await store.commit({
      account: null,
      writes: [{ save: 'account', value }],
      events: [sampleEvent({ type: 'account-created' })],
    }),
  );
  return must(await store.accounts.find(id)).key;
};

const around = (store: Store, account: AccountKey) => {
  const attempt = (writes: readonly Write[], events: readonly NewEvent[] = []): Promise<Committed> =>
    store.commit({ account, writes, events });
  const write = async (...writes: readonly Write[]): Promise<void> => accepted(await attempt(writes));
  const addDevice = async (given: Partial<Device> = {}): Promise<StoredDevice> => {
    const value = sampleDevice(given);
    await write({ save: 'device', value });
    return must(await store.devices.find(account, value.id));
  };
  const addPackage = async (given: Partial<Package> = {}): Promise<StoredPackage> => {
    const value = samplePackage(given);
    await write({ save: 'package', value });
    return must(await store.packages.find(account, value.id));
  };
  const addCampaign = async (value: Campaign = sampleCampaign()): Promise<StoredCampaign> => {
    await write({ save: 'campaign', value });
    return must(await store.campaigns.find(account, value.id));
  };
  const addDevices = async (count: number, given: Partial<Device> = {}): Promise<readonly StoredDevice[]> => {
    const values = Array.from({ length: count }, () => sampleDevice(given));
    await store.devices.saveMany(
      account,
      values.map((value) => ({ value })),
      { actor: ada, now: NOON },
    );
    const found = await store.devices.findMany(
      account,
      values.map(({ id }) => id),
    );
    return [...found].sort((a, b) => a.key - b.key);
  };
  const join = (campaign: StoredCampaign, devices: readonly Device[], again = false) =>
    store.updates.add({
      ...{ account, campaign: campaign.key, actor: ada, now: NOON, by: 'ids', again },
      deviceIds: devices.map(({ id }) => id),
    });
  const updateOf = async (campaign: StoredCampaign, device: StoredDevice): Promise<StoredUpdate> =>
    must(await store.updates.find(account, campaign.key, device.key), 'the update');
  const updatesOf = (campaign: StoredCampaign): Promise<readonly ListedUpdate[]> =>
    allPages((after) => store.updates.list(account, campaign.key, NO_FILTER, { after, limit: 500 }));
  const counts = async (campaign: StoredCampaign): Promise<MainCounts> =>
    tidy(await store.campaigns.counts(account, campaign.key));
  const events = async (): Promise<readonly StoredEvent[]> =>
    [
      ...(await store.events.list(account, NOWHERE, { before: Number.MAX_SAFE_INTEGER, limit: 10_000 })),
    ].reverse();
  return {
    ...{ store, account, attempt, write, addDevice, addDevices, addPackage, addCampaign },
    ...{ join, updateOf, updatesOf, counts, events },
  };
};

/** Where the closed ones ended is looked at in tests of its own. */
type MainCounts = Pick<Counts, 'open' | 'closed'>;

/** Counts without the zeros, which say nothing. */
const tidy = ({ open, closed }: Counts): MainCounts => {
  const positive = ([, count]: [string, number]) => count !== 0;
  return {
    open: Object.fromEntries(Object.entries(open).filter(positive)),
    closed: Object.fromEntries(Object.entries(closed).filter(positive)),
  };
};

/** What the counters must say, by looking at every update. */
export const recount = (updates: readonly StoredUpdate[]): MainCounts => {
  const open: Record<string, number> = {};
  const closed: Record<string, number> = {};
  for (const update of updates) {
    if (update.status === 'open') open[update.position] = (open[update.position] ?? 0) + 1;
    else closed[update.outcome] = (closed[update.outcome] ?? 0) + 1;
  }
  return { open, closed };
};

/** Everything a paged list holds, page by page. */
export const allPages = async <Item>(
  page: (after: number) => Promise<Page<Item>>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const { items: more, next }: Page<Item> = await page(after);
    items.push(...more);
    if (next !== null && next <= after) throw new Error('the list does not go on');
    after = next;
  }
  return items;
};

/** A record without its key and version: what was saved. */
export const bare = <Value extends object>(record: Stored<Value, number>): Omit<Value, 'key' | 'version'> => {
  const { key: _, version: __, ...value } = record;
  return value;
};

export const ids = (records: readonly { readonly id: string }[]): readonly string[] =>
  records.map(({ id }) => id);

/** Somebody subscribes to all that happens in the account of a world, of which nothing is put in the outbox before. */
export const subscribeTo = async ({ write }: Pick<World, 'write'>): Promise<void> => {
  const destination = sampleDestination();
  await write(
    { save: 'destination', value: destination },
    { save: 'subscription', value: sampleSubscription(destination) },
  );
};

/** Hands on all that waits in the outbox, so that a test sees only its own. */
export const drainOutbox = async (store: Store): Promise<void> => {
  const forEver = Number.MAX_SAFE_INTEGER - 1;
  for (;;) {
    const claimed = await store.outbox.claim(forEver, forEver, 1_000);
    if (claimed.length === 0) return;
    await store.outbox.done(claimed, []);
  }
};
