import type { Campaign } from '../domain/campaign.ts';
import type { Device } from '../domain/device.ts';
import type { CampaignKey, DeviceKey, PackageKey } from '../domain/ids.ts';
import type { Package } from '../domain/package.ts';
import type { DeviceFacts } from '../domain/targeting.ts';
import type { Instant } from '../domain/time.ts';
import type { Update } from '../domain/update.ts';

/**
 * What the store keeps: a domain value with its key and version. The version is 1 after the insert and goes
 * up by one with each write; a write names the version it read (0 for an insert) and fails on another.
 */
export type Stored<Value, Key> = Value & { readonly key: Key; readonly version: number };

/** A distribution list: a device query by name. */
export type SavedQuery = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly expression: string;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

export type StoredDevice = Stored<Device, DeviceKey>;
/** `version` is the package's own text, so the count of its writes has another name. */
export type StoredPackage = Package & { readonly key: PackageKey; readonly revision: number };
export type StoredQuery = SavedQuery & { readonly version: number };
export type StoredCampaign = Stored<Campaign, CampaignKey>;
export type StoredDocument = WireDocument & { readonly key: number; readonly version: number };

/** An update with the keys that name it. */
export type StoredUpdate = Update & {
  readonly campaign: CampaignKey;
  readonly device: DeviceKey;
  readonly version: number;
  /** When the device last said something about it, or it last moved. */
  readonly heardAt: Instant;
  /** When what is due was last handed out again without a move; 0 when it never was. */
  readonly handedAt: Instant;
};

/** An update that can still move. */
export type StoredOpenUpdate = Extract<StoredUpdate, { readonly status: 'open' }>;

/** What a device said about its update, in its own words, beside the steps that follow from it. */
export type LogEntry = {
  readonly at: Instant;
  /** The wire's word for what it does, such as `proceeding`. */
  readonly word: string;
  readonly result: 'none' | 'success' | 'failure';
  readonly code: number | null;
  readonly progress: { readonly done: number; readonly of: number } | null;
  readonly lines: readonly string[];
};

/** The first and the latest of what was said in this journey, oldest first; `total` counts what was left out too. */
export type UpdateLog = {
  readonly total: number;
  readonly entries: readonly (LogEntry & { readonly n: number })[];
};

export const logLimits = { first: 50, last: 200, lines: 50, line: 8_192 } as const;

/** How much of each package a device has fetched, in bytes, as it told last in this journey. */
export type Transfers = {
  readonly generation: number;
  readonly packages: readonly { readonly id: string; readonly done: number; readonly of: number }[];
};

/**
 * Something that a wire keeps for its callers and that no rule of ours reads, such as the template of a device.
 * `kind` is the wire and the collection, such as `pulse/device-template`.
 */
export type WireDocument = {
  readonly kind: string;
  readonly id: string;
  /** Unique in its kind without regard to case, unless it is empty. */
  readonly name: string;
  /** JSON. */
  readonly body: unknown;
  readonly createdBy: string;
  readonly createdAt: Instant;
};

/** A member of a campaign with its device: what the waves depend on. Lists and records in it are shared between candidates. */
export type Candidate = Pick<Update, 'packages' | 'admission'> & {
  readonly device: DeviceFacts & Pick<Device, 'protocol'>;
  readonly isOpen: boolean;
};

/** A row of a campaign's device list, and of a device's campaign list. */
export type ListedUpdate = StoredUpdate & { readonly deviceId: string; readonly campaignId: string };
