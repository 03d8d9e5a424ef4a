import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import type { StoredAccount } from './account-records.ts';
import type { StoredDelivery, StoredSubscription, Subscription } from './delivery-records.ts';
import { derivedUuid } from './derived-uuid.ts';
import type { StoredEvent } from './event-records.ts';
import { onceFor } from './once-for.ts';
import type { Clock, Hashing, Store } from './ports.ts';
import type { StoredCampaign, StoredDevice } from './records.ts';

/** What a renderer gets. */
export type Telling = {
  readonly store: Store;
  readonly account: StoredAccount;
  readonly event: StoredEvent;
  readonly subscription: StoredSubscription;
  readonly campaign: StoredCampaign | undefined;
  readonly device: StoredDevice | undefined;
  readonly now: Instant;
};

/**
 * A message that a subscription is due for one event. `part` makes it another one than other messages of the same
 * event ('' when there is one); `once`, when given, stands in for the event in the identity of the delivery, so that
 * several events make one delivery. `notBefore` delays it.
 */
export type Message = {
  readonly part: string;
  readonly once?: string;
  readonly device: DeviceKey | null;
  readonly event: string;
  readonly body: string;
  readonly latestOnly: boolean;
  readonly notBefore: Instant | null;
};

/** The wire's own form of an event: none, one or many messages. */
export type Render = (telling: Telling) => AsyncIterable<Message>;
export type Renderers = Readonly<Record<Subscription['wire'], Render>>;

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hashing: Pick<Hashing, 'sha256'>;
  /** A renderer failed on an event, whose subscription goes without it. */
  readonly report?: (error: unknown, lost: Pick<Telling, 'event' | 'subscription'>) => void;
};

const BATCH = 500;
const CHUNK = 1_000;
const LEASE = MINUTE;
/** What a renderer stumbles over may be gone at the next try; what it says twice is delivered once. */
const TRIES = 2;

/**
 * Hands the oldest events on to whoever subscribed to them, in order per account, at least once: as deliveries, whose
 * ids are the same each time, so that repeating it adds nothing. Answers whether there are likely more.
 */
export const handOnNext = async (deps: Deps, renderers: Partial<Renderers>): Promise<boolean> => {
  const { store, clock } = deps;
  const now = clock();
  const events = await store.outbox.claim(now, now + LEASE, BATCH);
  const accounts = Map.groupBy(events, ({ account }) => account);
  // An account with much to say holds up its own events only.
  const handed = [...accounts.values()].map((of) => handOn(deps, renderers, of, now));
  for (const result of await Promise.allSettled(handed)) {
    if (result.status === 'rejected') throw result.reason;
  }
  return events.length > 0;
};

const handOn = async (
  deps: Deps,
  renderers: Partial<Renderers>,
  events: readonly StoredEvent[],
  now: Instant,
): Promise<void> => {
  const { store } = deps;
  let chunk: StoredDelivery[] = [];
  for await (const delivery of deliveriesOf(deps, renderers, events, now)) {
    if (chunk.length === CHUNK) {
      await store.deliveries.add(delivery.account, chunk);
      chunk = [];
    }
    chunk.push(delivery);
  }
  await store.outbox.done(events, chunk);
};

async function* deliveriesOf(
  deps: Deps,
  renderers: Partial<Renderers>,
  events: readonly StoredEvent[],
  now: Instant,
): AsyncGenerator<StoredDelivery> {
  const find = finder(deps.store);
  for (const event of events) {
    const { account: key, campaign, device } = event;
    for (const subscription of await find.subscriptions(key, campaign)) {
      const render = renderers[subscription.wire];
      const account = await find.account(key);
      if (render === undefined || account === undefined) continue;
      const about = { campaign: await find.campaign(key, campaign), device: await find.device(key, device) };
      const telling = { store: deps.store, account, event, subscription, ...about, now };
      for await (const message of messagesOf(deps, render, telling)) {
        yield deliveryOf(deps.hashing, telling, message);
      }
    }
  }
}

/** Whatever becomes of one renderer, the events of the account go on. */
async function* messagesOf({ report }: Deps, render: Render, telling: Telling): AsyncGenerator<Message> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      yield* render(telling);
      return;
    } catch (error) {
      if (tries === TRIES) report?.(error, telling);
    }
  }
}

const deliveryOf = (
  hashing: Pick<Hashing, 'sha256'>,
  { account, event, subscription, now }: Telling,
  message: Message,
): StoredDelivery => ({
  id: deliveryId(hashing, subscription.id, message.once ?? event.seq, message.part),
  account: account.key,
  destinationId: subscription.destinationId,
  subscriptionId: subscription.id,
  seq: event.seq,
  campaign: event.campaign,
  device: message.device,
  event: message.event,
  body: message.body,
  latestOnly: message.latestOnly,
  createdAt: now,
  dueAt: message.notBefore ?? now,
  status: 'waiting',
  attempts: [],
  tries: 0,
});

/** The id that a message of a subscription always has, by its event or what stands in for that, and the part. */
export const deliveryId = (
  hashing: Pick<Hashing, 'sha256'>,
  subscriptionId: string,
  of: number | string,
  part: string,
): string => derivedUuid(hashing, subscriptionId, of, part);

/** Finds what the events of one batch are about, each record once; nothing is remembered for the next batch. */
const finder = (store: Store) => ({
  account: onceFor((account: AccountKey) => store.accounts.get(account)),
  subscriptions: onceFor((account: AccountKey, campaign: CampaignKey | null) =>
    store.subscriptions.about(account, campaign),
  ),
  campaign: onceFor(async (account: AccountKey, key: CampaignKey | null) =>
    key === null ? undefined : store.campaigns.get(account, key),
  ),
  device: onceFor(async (account: AccountKey, key: DeviceKey | null) =>
    key === null ? undefined : store.devices.get(account, key),
  ),
});
