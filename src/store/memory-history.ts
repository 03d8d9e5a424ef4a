import type { StoredEvent } from '../app/event-records.ts';
import type { PageRequest } from '../app/lists.ts';
import type { Store } from '../app/ports.ts';
import type { Transfers } from '../app/records.ts';
import { isFinal } from '../domain/campaign.ts';
import type { CampaignKey, DeviceKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { type Home, placeName } from './memory-state.ts';

/** What happened to these devices in a campaign: by device, in order. */
export const eventsOfDevices = (
  home: Home,
  campaign: CampaignKey,
  devices: readonly DeviceKey[],
): readonly StoredEvent[] =>
  [...home.events.values()]
    .filter((event) => event.campaign === campaign && event.device !== null && devices.includes(event.device))
    .sort((a, b) => (a.device ?? 0) - (b.device ?? 0) || a.seq - b.seq);

const isKept = (home: Home, { seq, campaign }: StoredEvent): boolean => {
  if (home.outbox.has(seq)) return true;
  const found = campaign === null ? undefined : home.campaigns.get(campaign);
  return found !== undefined && !isFinal(found.status);
};

/** Deletes what is old enough of the next events. */
export const expireEvents = (
  home: Home,
  before: Instant,
  { after, limit }: PageRequest,
): Awaited<ReturnType<Store['events']['expire']>> => {
  const looked = [...home.events.values()].filter(({ seq }) => seq > after).slice(0, limit);
  const last = looked.at(-1);
  if (last === undefined || looked.every(({ at }) => at >= before)) return { deleted: 0, next: null };
  const gone = looked.filter((event) => event.at < before && !isKept(home, event));
  for (const { seq } of gone) home.events.delete(seq);
  return { deleted: gone.length, next: looked.length < limit ? null : last.seq };
};

/** What these devices told of their downloads. */
export const transfersOfDevices = (
  home: Home,
  campaign: CampaignKey,
  devices: readonly DeviceKey[],
): ReadonlyMap<DeviceKey, Transfers> => {
  const found = new Map<DeviceKey, Transfers>();
  for (const device of devices) {
    const told = home.transfers.get(placeName({ campaign, device }));
    if (told !== undefined) found.set(device, told);
  }
  return found;
};
