import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Caller } from './caller.ts';
import type { StoredEvent } from './event-records.ts';
import { type EventType, isEventType } from './event-types.ts';
import type { Permission } from './permissions.ts';
import type { Store } from './ports.ts';

/** What somebody wants to follow; nothing named is everything they may see. */
export type Followed = {
  readonly campaign?: string | undefined;
  readonly device?: string | undefined;
  readonly types?: readonly string[] | undefined;
};

/** Which events a stream tells, and whether it tells how far campaigns are. */
export type View = {
  readonly campaign: CampaignKey | null;
  readonly device: DeviceKey | null;
  readonly types: ReadonlySet<EventType> | null;
  readonly campaigns: boolean;
  readonly devices: boolean;
};

/**
 * A view of what is asked for, as far as the caller may see it: what is about campaigns with View Campaign, what is
 * about devices with View Device, and nothing else.
 */
export const viewOf = async (
  store: Store,
  { account, permissions }: Caller,
  { campaign, device, types }: Followed,
): Promise<Result<View, Refusal>> => {
  const campaigns = permissions.has('View Campaign');
  const devices = permissions.has('View Device');
  const needed = missing(campaigns, devices, { campaign, device });
  if (needed !== undefined) return refused({ code: 'forbidden', permission: needed });
  const strange = types?.find((type) => !isEventType(type));
  if (strange !== undefined) {
    const expected = 'types of events, such as update-moved';
    return refused({ code: 'invalid', field: 'types', expected, got: JSON.stringify(strange) });
  }
  const foundCampaign = campaign === undefined ? null : await store.campaigns.find(account.key, campaign);
  if (foundCampaign === undefined) {
    return refused({ code: 'not-found', entity: 'campaign', id: campaign ?? '' });
  }
  const foundDevice = device === undefined ? null : await store.devices.find(account.key, device);
  if (foundDevice === undefined) return refused({ code: 'not-found', entity: 'device', id: device ?? '' });
  return ok({
    campaign: foundCampaign?.key ?? null,
    device: foundDevice?.key ?? null,
    types: types === undefined ? null : new Set(types.filter(isEventType)),
    campaigns,
    devices,
  });
};

const missing = (
  campaigns: boolean,
  devices: boolean,
  { campaign, device }: Pick<Followed, 'campaign' | 'device'>,
): Permission | undefined => {
  if (campaign !== undefined) return campaigns ? undefined : 'View Campaign';
  if (device !== undefined) return devices ? undefined : 'View Device';
  return campaigns || devices ? undefined : 'View Campaign';
};

/** Whether an event is about campaigns, whoever else it is about. */
const isOfCampaign = ({ campaign, body: { type } }: StoredEvent): boolean =>
  campaign !== null || type.startsWith('campaign-') || type.startsWith('update');

const isOfDevice = ({ device, body: { type } }: StoredEvent): boolean =>
  device !== null || type.startsWith('device');

/** Whether a stream tells of an event. */
export const shows = (view: View, event: StoredEvent): boolean =>
  (view.types === null || view.types.has(event.body.type)) && concerns(view, event);

/** The same whatever the type: whoever follows some types only is told all the same how far campaigns are. */
export const concerns = (view: View, event: StoredEvent): boolean => {
  if (view.campaign !== null && event.campaign !== view.campaign) return false;
  if (view.device !== null && event.device !== view.device) return false;
  return (view.campaigns && isOfCampaign(event)) || (view.devices && isOfDevice(event));
};

/** Whether a stream is told how far the campaign of an event is now. A stream about one device is not. */
export const showsProgress = (view: View, event: StoredEvent): boolean =>
  view.campaigns && view.device === null && event.campaign !== null && concerns(view, event);
