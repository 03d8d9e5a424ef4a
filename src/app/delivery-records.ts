import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';

export type StoredDestination = Destination & { readonly key: number; readonly version: number };
export type StoredSubscription = Subscription & { readonly version: number };
export type StoredDelivery = Delivery & { readonly account: AccountKey };
/** Where events are pushed, and how. Durations in milliseconds. */
export type Destination = {
  readonly id: string;
  /** Unique in the account without regard to case. */
  readonly name: string;
  readonly description: string;
  /** Absolute, `http:` or `https:`. */
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly authentication:
    | { readonly kind: 'none' }
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    | { readonly kind: 'bearer'; readonly token: string };
  /** Signs what is sent; the newest first, and more than one while a receiver changes over. */
  readonly secrets: readonly string[];
  /** Until when all but the newest of them sign too; `null` when there are no others. */
  readonly olderSecretsUntil: Instant | null;
  /** The only certificates (PEM) that its TLS is trusted by; empty means those that everybody trusts. */
  readonly trust: string;
  /** Whether a delivery waits until all earlier ones of its lane are settled. */
  readonly order: 'strict' | 'none';
  readonly timeout: number;
  /** The first pause after a failure, which doubles each time; and when to give up, whichever comes first. */
  readonly retry: { readonly interval: number; readonly attempts: number; readonly within: number };
  /** Nothing is sent while it is set; why, in words. */
  readonly disabled: { readonly at: Instant; readonly because: string } | null;
  /** Since when every attempt has failed; `null` after one that did not. */
  readonly failingSince: Instant | null;
  /** Counts what people change, which is what they name in `If-Match`; what comes of attempts leaves it as it is. */
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** What a destination is told of, and in which wire's form. */
export type Subscription = {
  readonly id: string;
  readonly destinationId: string;
  /** Only events of this campaign; `null` is every event of the account. */
  readonly campaign: CampaignKey | null;
  readonly campaignId: string | null;
  readonly wire: 'muster' | 'pulse' | 'thingspace';
  /** The wire's word for what it is about, such as `state-change`. */
  readonly topic: string;
  /** Only these types of events, or states, as the wire reads it; empty is all. */
  readonly only: readonly string[];
  /** Replaces the path of the destination's URL; empty leaves it. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Replaces the wire's own body, with `{{member}}` for members of it; empty leaves that. */
  readonly template: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** One attempt to deliver. `status` is `null` when no answer came. */
export type DeliveryAttempt = {
  readonly at: Instant;
  /** Where it went, and under which headers; without those that prove who we are. */
  readonly sent: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly took: number;
  readonly status: number | null;
  /** Why it failed, in words; empty when it did not. */
  readonly problem: string;
  /** The beginning of the answer's body. */
  readonly answer: string;
};

/**
 * One message for one destination. Its id follows from the subscription and the event, so that what is handed on
 * twice is delivered once.
 */
export type Delivery = {
  readonly id: string;
  readonly destinationId: string;
  readonly subscriptionId: string;
  /** The event it tells of. */
  readonly seq: number;
  readonly campaign: CampaignKey | null;
  /** Its lane: messages about one device keep their order. */
  readonly device: DeviceKey | null;
  /** The wire's word for it, such as `STATE_CHANGE`. */
  readonly event: string;
  readonly body: string;
  /**
   * A waiting one of the same subscription, campaign, device and word, of which only the latest is wanted too, is
   * replaced rather than followed: it keeps its id and its time, and tells of this event.
   */
  readonly latestOnly: boolean;
  readonly createdAt: Instant;
  /** Not before; the pause of the retries too. */
  readonly dueAt: Instant;
  readonly status: 'waiting' | 'delivered' | 'dead';
  /** The latest twenty, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** How many there were since it was created or replayed. */
  readonly tries: number;
};
