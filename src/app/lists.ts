import type { CampaignStatus } from '../domain/campaign.ts';
import type { CampaignKey } from '../domain/ids.ts';
import type { PackageKind } from '../domain/package.ts';
import type { Position } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import type { Outcome, Reason } from '../domain/update.ts';
import type { Delivery } from './delivery-records.ts';

/** Where a list goes on: items after the one with this key or sequence, and how many at most. */
export type PageRequest = { readonly after: number; readonly limit: number };

/** `next` is the `after` of the following page; `null` on the last one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly next: number | null };

/** Where a list in the order of device ids (by code point) goes on: after this id, '' for its beginning. */
export type IdPageRequest = { readonly after: string; readonly limit: number };

/** `more`: the list goes on after the last of the items. */
export type IdPage<Item> = { readonly items: readonly Item[]; readonly more: boolean };

/**
 * A page by its place, for wires that count pages: so many are skipped. Names are sorted without regard to case, and
 * ties are in the order of creation; `descending` is the whole of that backwards.
 */
export type Slice = {
  readonly skip: number;
  readonly limit: number;
  readonly by: 'created' | 'name';
  readonly descending: boolean;
  /** Whoever needs no total spares the store from counting what is behind the page; the total is any number then. */
  readonly counted?: false;
  /** Of those by creation, upwards: only what is behind the item with this key; `skip` counts from there. */
  readonly after?: number;
};

/** Behind the item with the key `after`, 0 for the beginning, there is the one that has `place` others before it. */
export type Mark = { readonly place: number; readonly after: number };

/** How many a list by creation has, and marks along it, so that no place of it is far behind one of them. */
export type Marks = { readonly total: number; readonly marks: readonly Mark[] };

/** `total` counts all that the filter lets through. */
export type Sliced<Item> = { readonly items: readonly Item[]; readonly total: number };

/** Text is found anywhere in the name without regard to case; empty text and `null` do not filter. */
export type PackageFilter = {
  readonly text: string;
  readonly kind: PackageKind | null;
  readonly make: string;
  readonly model: string;
};

export type CampaignFilter = {
  readonly text: string;
  /** The same in the description. */
  readonly description: string;
  readonly ids: readonly string[];
  readonly statuses: readonly CampaignStatus[];
  /** Of scheduled ones only those that need an approval, or that need none. */
  readonly scheduledUnder?: 'approval' | 'no-approval';
  /** Campaigns that send one of these. */
  readonly packageIds: readonly string[];
  /** Created then or later; 0 does not filter. */
  readonly createdFrom: Instant;
};

/** Empty lists do not filter. `open: null` shows open and closed ones. */
export type UpdateFilter = {
  readonly positions: readonly Position[];
  readonly outcomes: readonly Outcome[];
  readonly open: boolean | null;
  /** Those that ended for one of these. */
  readonly reasons?: readonly Reason[];
  /** Those that were let in under this wave, from 0. */
  readonly wave?: number | undefined;
  /** Leaves out those that were taken out of their campaign. */
  readonly present?: boolean;
};

/** Empty text and lists, and `null`, do not filter. */
export type DeliveryFilter = {
  readonly destinationId: string;
  readonly campaign: CampaignKey | null;
  readonly statuses: readonly Delivery['status'][];
  /** Created in `[from, to)`. */
  readonly from: Instant | null;
  readonly to: Instant | null;
};

/** How many updates of a campaign are where: by position while open, by outcome once closed. */
export type Counts = {
  readonly open: Readonly<Partial<Record<Position, number>>>;
  readonly closed: Readonly<Partial<Record<Outcome, number>>>;
  /** The closed ones by the position in which they ended, but for those that were taken out. */
  readonly closedAt: Readonly<Partial<Record<Position, number>>>;
};

/** How much there is of what an operator watches. */
export type Overview = {
  readonly updates: Pick<Counts, 'open' | 'closed'>;
  /** Events not yet handed on, and when the oldest of them happened; `null` when there is none. */
  readonly outbox: { readonly depth: number; readonly oldest: Instant | null };
};

/** A replica for lists and reports, since this process began. */
export type ReplicaLook = {
  /** Reads that it has answered, and those that the primary has in its place. */
  readonly reads: { readonly replica: number; readonly primary: number };
  /** Bytes of the log that it has not replayed yet; `null` where it does not answer, or follows nobody. */
  readonly behind: number | null;
};
