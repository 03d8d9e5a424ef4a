import type { CampaignEvent } from '../domain/campaign.ts';
import type { AccountKey, CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Phase } from '../domain/position.ts';
import type { Instant } from '../domain/time.ts';
import type { UpdateEvent } from '../domain/update.ts';
import type { Token } from './account-records.ts';
import type { Origin, Wire } from './origin.ts';
import type { Transfers } from './records.ts';

/** Who caused an event: a person or token by user id, a device by its id, or the server by itself. */
export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly origin?: Origin | undefined }
  | { readonly kind: 'device'; readonly id: string; readonly wire?: Wire | undefined }
  | { readonly kind: 'server' };

/** What happened, as kept in the history and pushed to subscribers. */
export type EventBody =
  | CampaignEvent
  | UpdateEvent
  | { readonly type: 'campaign-created'; readonly name: string }
  | { readonly type: 'update-added' }
  /** `devices`: their ids, unless there are more than a thousand. */
  | { readonly type: 'updates-added'; readonly count: number; readonly devices: readonly string[] | null }
  /** Somebody wants the device to ask now. */
  | { readonly type: 'update-nudged' }
  /** Kept only in campaigns where somebody has subscribed to it. */
  | {
      readonly type: 'update-progressed';
      readonly phase: Phase;
      readonly packages: Transfers['packages'];
      readonly lines: readonly string[];
    }
  | {
      readonly type: 'updates-recalled';
      readonly count: number;
      readonly outcome: string;
      readonly reason: string;
    }
  | {
      readonly type: 'updates-closed';
      readonly count: number;
      readonly outcome: string;
      readonly reason: string;
    }
  | { readonly type: 'device-registered'; readonly id: string }
  | { readonly type: 'devices-imported'; readonly created: number; readonly changed: number }
  | { readonly type: 'device-changed'; readonly fields: readonly string[] }
  | { readonly type: 'device-deleted'; readonly id: string }
  /**
   * After its update succeeded the device tells another version than that of the package it got. Whatever it tells, its
   * update is over: it is not offered the package again in this campaign.
   */
  | {
      readonly type: 'device-contradicted';
      readonly component: string;
      readonly expected: string;
      readonly told: string;
      readonly offeredAgain: false;
    }
  /** A stop rule has made the campaign of this id, which brings the devices that succeeded back. */
  | { readonly type: 'campaign-rolled-back'; readonly into: string }
  | { readonly type: 'device-accepted' }
  | { readonly type: 'device-auto-confirm-set'; readonly active: boolean }
  | { readonly type: 'gateway-token-issued'; readonly id: string }
  | { readonly type: 'gateway-token-revoked'; readonly id: string }
  | { readonly type: 'credential-issued'; readonly id: string }
  | { readonly type: 'credential-revoked'; readonly id: string }
  | { readonly type: 'package-uploaded'; readonly id: string; readonly sha256: string }
  | { readonly type: 'package-changed'; readonly id: string }
  | { readonly type: 'package-deleted'; readonly id: string }
  | { readonly type: 'query-saved'; readonly id: string }
  | { readonly type: 'query-deleted'; readonly id: string }
  | { readonly type: 'document-saved'; readonly kind: string; readonly id: string }
  | { readonly type: 'document-deleted'; readonly kind: string; readonly id: string }
  | { readonly type: 'destination-saved'; readonly id: string }
  | { readonly type: 'destination-deleted'; readonly id: string }
  | { readonly type: 'destination-disabled'; readonly id: string; readonly because: string }
  | { readonly type: 'subscription-saved'; readonly id: string }
  | { readonly type: 'subscription-deleted'; readonly id: string }
  | { readonly type: 'account-created' }
  | { readonly type: 'account-changed' }
  | { readonly type: 'user-added'; readonly user: string }
  | { readonly type: 'user-changed'; readonly user: string }
  | { readonly type: 'user-removed'; readonly user: string }
  | { readonly type: 'user-locked-out'; readonly user: string }
  | { readonly type: 'role-saved'; readonly id: string }
  | { readonly type: 'role-deleted'; readonly id: string }
  | { readonly type: 'token-issued'; readonly id: string; readonly kind: Token['kind'] }
  | { readonly type: 'token-revoked'; readonly id: string };

/** What an event is about: a record that was there, one that the same change inserts, or nothing. */
export type Subject<Key> = Key | { readonly inserted: string } | null;

export type NewEvent = {
  readonly at: Instant;
  readonly actor: Actor;
  readonly campaign: Subject<CampaignKey>;
  readonly device: Subject<DeviceKey>;
  readonly body: EventBody;
};

/** `seq` counts from 1 within the account without gaps, in the order of commit. */
export type StoredEvent = Omit<NewEvent, 'campaign' | 'device'> & {
  readonly account: AccountKey;
  readonly seq: number;
  readonly campaign: CampaignKey | null;
  readonly device: DeviceKey | null;
  /** The wire that it came over, where it came over one; the actor has no more than its kind and id. */
  readonly wire?: Wire;
};
