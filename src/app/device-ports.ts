import type { Device, Protocol } from '../domain/device.ts';
import type { AccountKey, DeviceKey } from '../domain/ids.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredCredential } from './account-records.ts';
import type { DeviceCensus } from './census-ports.ts';
import type { Actor } from './event-records.ts';
import type { IdPage, IdPageRequest, Marks, Page, PageRequest, Slice, Sliced } from './lists.ts';
import type { StoredDevice, StoredQuery } from './records.ts';

/** The devices of an account, their credentials, and when they were seen. */
export interface Devices {
  find(account: AccountKey, id: string): Promise<StoredDevice | undefined>;
  get(account: AccountKey, key: DeviceKey): Promise<StoredDevice | undefined>;
  /** Those of the ids that exist, in no order. */
  findMany(account: AccountKey, ids: readonly string[]): Promise<readonly StoredDevice[]>;
  list(account: AccountKey, where: Expression, page: PageRequest): Promise<Page<StoredDevice>>;
  slice(account: AccountKey, where: Expression, slice: Slice): Promise<Sliced<StoredDevice>>;
  /** Goes through all that there are. */
  marks(account: AccountKey, where: Expression): Promise<Marks>;
  /** Those that match, in the order of their ids. */
  byId(account: AccountKey, where: Expression, page: IdPageRequest): Promise<IdPage<StoredDevice>>;
  count(account: AccountKey, where: Expression): Promise<number>;
  /**
   * Of so many devices of a protocol after a key those that were last seen before an instant and have an open update in
   * a running campaign; `next` where there are more of the protocol.
   */
  awaited(
    account: AccountKey,
    protocol: Protocol,
    seenBefore: Instant,
    page: PageRequest,
  ): Promise<Page<StoredDevice>>;
  /** What they all are, by when they were last seen: since which of the instants, the latest of them first. */
  census(account: AccountKey, since: readonly Instant[]): Promise<DeviceCensus>;
  /**
   * Inserts and replaces many at once, set-based, with one `devices-imported` event. Answers the ids that
   * were left out because they exist already (an insert) or were written meanwhile (a replacement).
   */
  saveMany(
    account: AccountKey,
    rows: readonly { readonly was?: StoredDevice; readonly value: Device }[],
    by: { readonly actor: Actor; readonly now: Instant },
  ): Promise<readonly string[]>;
  /** The device of that id with its credentials, in no order. */
  withCredentials(
    account: AccountKey,
    id: string,
  ): Promise<
    { readonly device: StoredDevice; readonly credentials: readonly StoredCredential[] } | undefined
  >;
  credentials(account: AccountKey, device: DeviceKey): Promise<readonly StoredCredential[]>;
  /** The pre-shared key under an identity, in whichever account. */
  preSharedKey(
    identity: string,
  ): Promise<{ readonly account: AccountKey; readonly credential: StoredCredential } | undefined>;
  /** Notes contact; not a change, no event, may be lost in a crash. */
  touch(
    account: AccountKey,
    seen: readonly { readonly device: DeviceKey; readonly at: Instant }[],
  ): Promise<void>;
}

/** Distribution lists. */
export interface Queries {
  find(account: AccountKey, id: string): Promise<StoredQuery | undefined>;
  list(account: AccountKey, page: PageRequest): Promise<Page<StoredQuery>>;
}
