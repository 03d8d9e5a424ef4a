import type { AccountKey } from '../domain/ids.ts';
import { MINUTE } from '../domain/time.ts';
import { createBreaker } from './breaker.ts';
import type { StoredDelivery, StoredDestination, StoredSubscription } from './delivery-records.ts';
import { healthAfter, noteHealth } from './destination-health.ts';
import { gather } from './gather.ts';
import { onceFor } from './once-for.ts';
import type { Clock, Hashing, Store } from './ports.ts';
import type { Push } from './push-ports.ts';
import { MOST_TIMEOUT, pushRequestOf } from './push-request.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import type { Settlement } from './writes.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'sha256' | 'hmacSha256'>;
  readonly push: Push;
  /** Waits for that many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** There may be more to claim, since something is settled. */
  readonly wake: () => void;
  /** What went wrong on our side; the delivery is sent again when its lease is over. */
  readonly report: (error: unknown, deliveryId: string) => void;
};

/**
 * How many messages are on their way at most in all, and how many of them to one destination: the fuller it is, the
 * fewer, so that receivers which never answer leave room for others even when there are dozens of them.
 */
const tiers = [
  { most: 128, each: 8 },
  { most: 192, each: 2 },
  { most: 256, each: 1 },
] as const;
/** Longer than any attempt and its record take. */
const LEASE = MOST_TIMEOUT + MINUTE / 2;

/** What is settled within so many milliseconds is written together: a write takes as long for one as for many. */
const GATHERING = 3;

export type Deliverer = {
  /** Claims what is due and sets it on its way without waiting for it. Answers whether there is likely more. */
  readonly next: () => Promise<boolean>;
  /** Nothing is on its way any more, and all of it is settled. */
  readonly idle: () => Promise<void>;
  /** What is still on its way stays as it was: once its lease is over it is sent again, with the same id. */
  readonly abandon: () => void;
};

/** Sends deliveries, many at once; a receiver that is slow or down holds up nothing but its own. */
export const createDeliverer = (deps: Deps): Deliverer => {
  const { store, clock, push, hashing } = deps;
  const onTheWay = new Set<Promise<void>>();
  const breaker = createBreaker();
  const settle = gather<Settlement>(
    (settlements) => store.deliveries.settle(settlements),
    () => deps.pause(GATHERING),
  );
  let abandoned = false;

  /** Answers nothing where it did not try, or nobody wants to know any more. */
  const attempt = async (delivery: StoredDelivery, found: Found): Promise<Verdict | undefined> => {
    const at = clock();
    const { destination } = found;
    // Left alone it stays hidden until its lease is over, and keeps one of the places of its destination.
    if (destination.disabled !== null || !breaker.admits(nameOf(delivery), at)) return undefined;
    const request = pushRequestOf(hashing, { ...found, message: delivery }, at);
    const pushed = await push.send(request);
    return abandoned ? undefined : verdictOf(hashing, delivery, destination, { request, pushed, at });
  };

  const conclude = async (delivery: StoredDelivery, found: Found, verdict: Verdict): Promise<void> => {
    const { outcome, ...settlement } = verdict;
    const [receiver, now] = [nameOf(delivery), clock()];
    // Somebody else may have noted a failure since the destination was read here.
    const recovers = outcome === 'delivered' && breaker.knows(receiver);
    breaker.note(receiver, outcome !== 'delivered', now);
    const note = async (): Promise<void> => {
      const { destination } = found;
      if (!recovers && healthAfter(destination, outcome, now) === destination) return;
      await noteHealth(deps, delivery, outcome, now);
    };
    // Nothing more is claimed for a receiver that is gone, so that comes before what makes room for more.
    if (outcome === 'gone') await note();
    await settle({ was: delivery, ...settlement });
    if (outcome !== 'gone') await note();
  };

  const run = async (delivery: StoredDelivery, finding: Promise<Found | undefined>): Promise<void> => {
    const found = await finding;
    if (found === undefined) return;
    const verdict = await attempt(delivery, found);
    if (verdict !== undefined) await conclude(delivery, found, verdict);
  };

  const start = (delivery: StoredDelivery, finding: Promise<Found | undefined>): void => {
    const running = run(delivery, finding)
      .catch((error: unknown) => {
        if (!abandoned) deps.report(error, delivery.id);
      })
      .finally(() => {
        onTheWay.delete(running);
        deps.wake();
      });
    onTheWay.add(running);
  };

  return {
    next: async () => {
      const tier = tiers.find(({ most }) => onTheWay.size < most);
      if (tier === undefined) return false;
      const now = clock();
      const room = tier.most - onTheWay.size;
      const claimed = await store.deliveries.claim(now, now + LEASE, room, tier.each);
      const find = finder(store);
      for (const delivery of claimed) start(delivery, find(delivery));
      return claimed.length === room;
    },
    idle: async () => {
      while (onTheWay.size > 0) await Promise.all(onTheWay);
    },
    abandon: () => {
      abandoned = true;
    },
  };
};

type Found = { readonly destination: StoredDestination; readonly subscription: StoredSubscription };

const nameOf = ({ account, destinationId }: StoredDelivery): string => `${account} ${destinationId}`;

/** Finds what each delivery of one claim belongs to, each record once; nothing when it was deleted meanwhile. */
const finder = (store: Store): ((delivery: StoredDelivery) => Promise<Found | undefined>) => {
  const findDestination = onceFor((account: AccountKey, id: string) => store.destinations.find(account, id));
  const findSubscription = onceFor((account: AccountKey, id: string) =>
    store.subscriptions.find(account, id),
  );
  return async ({ account, destinationId, subscriptionId }) => {
    const destination = await findDestination(account, destinationId);
    const subscription = await findSubscription(account, subscriptionId);
    return destination && subscription && { destination, subscription };
  };
};
