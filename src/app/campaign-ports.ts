import type { CampaignStatus } from '../domain/campaign.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Position } from '../domain/position.ts';
import type { TalliesByScope } from '../domain/tally.ts';
import type { Expression } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Queue } from '../domain/update.ts';
import type { EndsCensus, ZoneCensus } from './census-ports.ts';
import type { StoredJob } from './job-records.ts';
import type {
  CampaignFilter,
  Counts,
  IdPage,
  IdPageRequest,
  Marks,
  PackageFilter,
  Page,
  PageRequest,
  Slice,
  Sliced,
  UpdateFilter,
} from './lists.ts';
import type {
  Candidate,
  ListedUpdate,
  StoredCampaign,
  StoredOpenUpdate,
  StoredPackage,
  StoredUpdate,
  Transfers,
  UpdateLog,
} from './records.ts';
import type {
  AddedUpdates,
  AddUpdates,
  ClosedUpdates,
  CloseUpdates,
  Progress,
  RetriedUpdates,
  RetryUpdates,
} from './writes.ts';

/** What is known of packages; their bytes are elsewhere. */
export interface Packages {
  find(account: AccountKey, id: string): Promise<StoredPackage | undefined>;
  findMany(account: AccountKey, ids: readonly string[]): Promise<readonly StoredPackage[]>;
  list(account: AccountKey, filter: PackageFilter, page: PageRequest): Promise<Page<StoredPackage>>;
  slice(account: AccountKey, filter: PackageFilter, slice: Slice): Promise<Sliced<StoredPackage>>;
  /** Ids of at most ten campaigns that may still send it: neither stopped nor final. */
  usedBy(account: AccountKey, id: string): Promise<readonly string[]>;
  /** Whether any account has a package of these bytes. */
  hasBytes(sha256: string): Promise<boolean>;
}

/** Campaigns and what was counted in them. */
export interface Campaigns {
  find(account: AccountKey, id: string): Promise<StoredCampaign | undefined>;
  get(account: AccountKey, key: CampaignKey): Promise<StoredCampaign | undefined>;
  list(account: AccountKey, filter: CampaignFilter, page: PageRequest): Promise<Page<StoredCampaign>>;
  slice(account: AccountKey, filter: CampaignFilter, slice: Slice): Promise<Sliced<StoredCampaign>>;
  countByStatus(account: AccountKey): Promise<Readonly<Partial<Record<CampaignStatus, number>>>>;
  /** Whether some device was given packages of its own in it; one that has none any more may still count. */
  hasOwnPackages(account: AccountKey, key: CampaignKey): Promise<boolean>;
  /** One read of the counters, however large the campaign. */
  counts(account: AccountKey, key: CampaignKey): Promise<Counts>;
  /** One read of what was counted in each of these scopes; one of which nothing was counted may be absent. */
  tallies(account: AccountKey, key: CampaignKey, scopes: readonly string[]): Promise<TalliesByScope>;
  /** What was counted for values of attributes, but for values too long to be kept as they are. */
  attributeTallies(account: AccountKey, key: CampaignKey): Promise<TalliesByScope>;
  /** Running and paused campaigns whose target is a query, the oldest first: what a device that changes may come into. */
  targeting(account: AccountKey): Promise<readonly StoredCampaign[]>;
  /** Campaigns of any account that may have open updates: under way, stopped, or over with some recalled. */
  withOpenUpdates(): Promise<readonly { readonly account: AccountKey; readonly campaign: StoredCampaign }[]>;
  /** Campaigns of any account whose `dueAt` has come, the longest overdue first. */
  due(
    now: Instant,
    limit: number,
  ): Promise<readonly { readonly account: AccountKey; readonly campaign: StoredCampaign }[]>;
}

/** The journeys of devices in campaigns. */
export interface Updates {
  find(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<StoredUpdate | undefined>;
  /** By device key. */
  list(
    account: AccountKey,
    campaign: CampaignKey,
    filter: UpdateFilter,
    page: PageRequest,
  ): Promise<Page<ListedUpdate>>;
  /** In the order in which devices were made known; `name` is the id of the device. */
  slice(
    account: AccountKey,
    campaign: CampaignKey,
    filter: UpdateFilter,
    slice: Slice,
  ): Promise<Sliced<ListedUpdate>>;
  /** Goes through all that there are. */
  marks(account: AccountKey, campaign: CampaignKey, filter: UpdateFilter): Promise<Marks>;
  /** Those that were not taken out of their campaign, by device key. */
  candidates(account: AccountKey, campaign: CampaignKey, page: PageRequest): Promise<Page<Candidate>>;
  /** All members, in the order of the ids of their devices. */
  byDevice(account: AccountKey, campaign: CampaignKey, page: IdPageRequest): Promise<IdPage<ListedUpdate>>;
  /**
   * How many of the campaign's updates wait for such places and do so since before another, by the keys of their
   * devices where it is the same instant; at most `limit`. Only of devices that fit and were seen after an instant.
   */
  ahead(
    account: AccountKey,
    campaign: CampaignKey,
    of: Pick<StoredUpdate, 'since' | 'device'>,
    which: {
      readonly waitsFor: readonly Queue[];
      readonly where: Expression;
      readonly seenAfter: Instant;
    },
    limit: number,
  ): Promise<number>;
  /** What the device told of its downloads in this journey or an earlier one. */
  transfers(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<Transfers | undefined>;
  /** The same of several devices; those that told nothing are left out. */
  transfersOf(
    account: AccountKey,
    campaign: CampaignKey,
    devices: readonly DeviceKey[],
  ): Promise<ReadonlyMap<DeviceKey, Transfers>>;
  /** Open updates of running campaigns of any account that the clock alone may move on, the longest overdue first. */
  due(
    now: Instant,
    limit: number,
  ): Promise<
    readonly {
      readonly account: AccountKey;
      readonly campaign: StoredCampaign;
      readonly update: StoredOpenUpdate;
    }[]
  >;
  /** Looks at an update again at another instant, or with `null` not before it moves. Not a change, no event. */
  postpone(
    account: AccountKey,
    update: Pick<StoredUpdate, 'campaign' | 'device' | 'version'>,
    until: Instant | null,
  ): Promise<void>;
  /** A device's updates, open ones first, the oldest campaign first; at most `limit`. */
  ofDevice(account: AccountKey, device: DeviceKey, limit: number): Promise<readonly ListedUpdate[]>;
  /**
   * A device's open updates: those it was told to begin with first, then by the priority of their campaigns, then the
   * oldest campaign first; at most a hundred.
   */
  openOf(account: AccountKey, device: DeviceKey): Promise<readonly StoredOpenUpdate[]>;
  /** The one of a device's updates that succeeded last; of several at the same instant that of the newest campaign. */
  newestSuccess(account: AccountKey, device: DeviceKey): Promise<StoredUpdate | undefined>;
  /** How all those of a campaign that are closed have ended, by stretches of so many milliseconds. */
  ends(account: AccountKey, campaign: CampaignKey, every: number): Promise<EndsCensus>;
  /** In which time zones the devices of a campaign are. */
  zones(account: AccountKey, campaign: CampaignKey): Promise<ZoneCensus>;
  /** What a device said in its present journey. Beginning again begins a new log. */
  log(account: AccountKey, campaign: CampaignKey, device: DeviceKey): Promise<UpdateLog>;
  /** Open updates at one of the positions that were last heard of before an instant, the longest silent first. */
  silent(
    account: AccountKey,
    campaign: CampaignKey,
    positions: readonly Position[],
    before: Instant,
    limit: number,
  ): Promise<readonly StoredUpdate[]>;
  add(request: AddUpdates, progress?: Progress<AddedUpdates>): Promise<AddedUpdates>;
  retry(request: RetryUpdates, progress?: Progress<RetriedUpdates>): Promise<RetriedUpdates>;
  close(request: CloseUpdates, progress?: Progress<ClosedUpdates>): Promise<ClosedUpdates>;
}

/** Work in pieces, with leases. */
export interface Jobs {
  find(account: AccountKey, id: string): Promise<StoredJob | undefined>;
  ofCampaign(account: AccountKey, campaign: CampaignKey): Promise<readonly StoredJob[]>;
  /**
   * Of the jobs that may begin, or whose worker's lease ran out, the one that could be begun the longest ago; its
   * lease is now until `leaseUntil`.
   */
  claim(now: Instant, leaseUntil: Instant): Promise<StoredJob | undefined>;
  /** Has the job as it is now, and for longer, if the lease is still the one that ended at `held`. */
  renew(
    job: Pick<StoredJob, 'account' | 'id'>,
    held: Instant,
    leaseUntil: Instant,
  ): Promise<StoredJob | undefined>;
  /** Lets anybody go on with a job that runs, if the lease is still that one. */
  release(job: Pick<StoredJob, 'account' | 'id'>, held: Instant): Promise<void>;
}
