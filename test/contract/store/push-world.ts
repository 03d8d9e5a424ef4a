import type {
  Delivery,
  Destination,
  StoredDelivery,
  StoredDestination,
  StoredSubscription,
  Subscription,
} from '../../../src/app/delivery-records.ts';
import type { Store } from '../../../src/app/ports.ts';
import type { Settlement } from '../../../src/app/writes.ts';
import { NOON, sampleDelivery, sampleDestination, sampleSubscription } from '../../support/samples.ts';
import { ids, must, newWorld, type World } from './world.ts';

export const ANY_DELIVERY = {
  ...{ destinationId: '', campaign: null, statuses: [], from: null, to: null },
} as const;
/** Lists of deliveries count down. */
export const NEWEST = { after: Number.MAX_SAFE_INTEGER, limit: 10_000 } as const;

const FOR_EVER = 1_000 * NOON;

export type PushWorld = ReturnType<typeof pushing>;

/** A world with short ways to say where things are pushed. */
export const newPushWorld = async (store: Store): Promise<PushWorld> => pushing(await newWorld(store));

const pushing = (world: World) => {
  const { store, account, write } = world;
  const addDestination = async (given: Partial<Destination> = {}): Promise<StoredDestination> => {
    const value = sampleDestination(given);
    await write({ save: 'destination', value });
    return must(await store.destinations.find(account, value.id));
  };
  const addSubscription = async (
    destination: Pick<Destination, 'id'>,
    given: Partial<Subscription> = {},
  ): Promise<StoredSubscription> => {
    const value = sampleSubscription(destination, given);
    await write({ save: 'subscription', value });
    return must(await store.subscriptions.find(account, value.id));
  };
  const follow = async (given: Partial<Destination> = {}) => {
    const destination = await addDestination(given);
    return { destination, subscription: await addSubscription(destination) };
  };
  /** Adds deliveries of a subscription in one call; gives them as they are to be found. */
  const send = async (
    subscription: Pick<Subscription, 'id' | 'destinationId'>,
    ...givens: readonly Partial<Delivery>[]
  ): Promise<readonly StoredDelivery[]> => {
    const deliveries = givens.map((given) => sampleDelivery(subscription, given));
    await store.deliveries.add(account, deliveries);
    return deliveries.map((delivery) => ({ ...delivery, account }));
  };
  const find = async ({ id }: Pick<Delivery, 'id'>): Promise<StoredDelivery> =>
    must(await store.deliveries.find(account, id), 'the delivery');
  /** All there are, the oldest first. */
  const deliveries = async (): Promise<readonly StoredDelivery[]> =>
    (await store.deliveries.list(account, ANY_DELIVERY, NEWEST)).items.toReversed();
  const edit = async (was: StoredDestination, given: Partial<Destination>): Promise<StoredDestination> => {
    await write({ save: 'destination', was, value: { ...was, ...given } });
    return must(await store.destinations.find(account, was.id));
  };
  return { ...world, addDestination, addSubscription, follow, send, find, deliveries, edit };
};

type Terms = {
  readonly now?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly each?: number;
};

export const LEASE = 60_000;

/** Claims deliveries, with terms that matter to none of those that are not named. */
export const claim = (
  store: Store,
  { now = NOON, until = now + LEASE, limit = 1_000, each = 1_000 }: Terms = {},
): Promise<readonly StoredDelivery[]> => store.deliveries.claim(now, until, limit, each);

export const claimIds = async (store: Store, terms: Terms = {}): Promise<readonly string[]> =>
  ids(await claim(store, terms));

/** Where attempts go, and how. */
export const SENT = { url: 'https://example.com/', headers: { 'webhook-id': 'a' } } as const;

/** How an attempt at noon went; a failed one is due again unless told otherwise. */
export const went = (
  was: StoredDelivery,
  how: 'well' | 'badly',
  given: Partial<Settlement> = {},
): Settlement => ({
  was,
  attempt: {
    ...{ at: NOON, sent: SENT, took: 120, status: how === 'well' ? 204 : 503 },
    ...{ problem: how === 'well' ? '' : 'unavailable', answer: 'so it is' },
  },
  status: how === 'well' ? 'delivered' : 'waiting',
  dueAt: NOON,
  ...given,
});

/** Settles all that can be claimed, so that a test sees only its own. */
export const quietPush = async (store: Store): Promise<void> => {
  for (;;) {
    const claimed = await claim(store, { now: FOR_EVER - 1, until: FOR_EVER });
    if (claimed.length === 0) return;
    await store.deliveries.settle(claimed.map((was) => went(was, 'well')));
  }
};
