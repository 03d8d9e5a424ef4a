import type { DeviceCensus, EndsCensus, ZoneCensus } from '../app/census-ports.ts';
import type { CampaignKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { type Home, updatesOf } from './memory-state.ts';

const addUp = <Kind extends object>(kinds: readonly Kind[]): (Kind & { readonly count: number })[] =>
  [...Map.groupBy(kinds, (kind) => JSON.stringify(kind)).values()].flatMap((alike) =>
    alike.slice(0, 1).map((kind) => ({ ...kind, count: alike.length })),
  );

export const countEnds = (home: Home, campaign: CampaignKey, every: number): EndsCensus =>
  addUp(
    updatesOf(home, campaign).flatMap((update) =>
      update.status === 'open'
        ? []
        : [
            {
              outcome: update.outcome,
              reason: update.reason,
              from: Math.floor(update.since / every) * every,
            },
          ],
    ),
  );

const placeOf = (since: readonly Instant[], at: Instant): number => {
  const place = since.findIndex((instant) => at >= instant);
  if (place !== -1) return place;
  return at > 0 ? since.length : since.length + 1;
};

export const countDeviceKinds = (home: Home, since: readonly Instant[]): DeviceCensus =>
  addUp(
    home.devices.entries().map(({ record: { protocol, versions, lastSeenAt } }) => ({
      protocol,
      version: versions['firmware'] ?? '',
      seen: placeOf(since, lastSeenAt),
    })),
  );

export const countZones = (home: Home, campaign: CampaignKey): ZoneCensus =>
  addUp(
    updatesOf(home, campaign).flatMap(({ device }) => {
      const zone = home.devices.get(device)?.timeZone;
      return zone === undefined ? [] : [{ zone }];
    }),
  ).map(({ zone, count }) => ({ zone, devices: count }));
