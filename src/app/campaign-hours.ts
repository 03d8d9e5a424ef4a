import { openShares } from '../domain/open-hours.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { Caller } from './caller.ts';
import { getCampaign } from './campaigns.ts';
import type { ZoneCensus } from './census-ports.ts';
import { keepAWhile } from './keep-a-while.ts';
import type { Clock, Store } from './ports.ts';

type Deps = { readonly store: Store; readonly clock: Clock };

/** A time zone with the campaign's devices in it and, for each hour, the share of it in which a phase may begin there. */
export type ZoneHours = {
  readonly zone: string;
  readonly devices: number;
  readonly download: readonly number[];
  readonly install: readonly number[];
};

/** `from` is the beginning of the present hour; the zones with the most devices come first, the others are only counted. */
export type CampaignHours = {
  readonly from: Instant;
  readonly zones: readonly ZoneHours[];
  readonly others: { readonly zones: number; readonly devices: number };
};

const HOURS = 7 * 24;
const MOST_ZONES = 12;

/** In which of the next seven days' hours a campaign's devices may begin, by their time zone. */
export const newCampaignHours = (deps: Deps) => {
  const keep = keepAWhile<ZoneCensus>(deps.clock);
  return async (caller: Caller, id: string): Promise<Result<CampaignHours, Refusal>> => {
    const found = await getCampaign(deps, caller, id);
    if (!found.ok) return found;
    const { key, plan } = found.value;
    const account = caller.account.key;
    const zones = await keep(`${account} ${key}`, () => deps.store.updates.zones(account, key));
    const ranked = zones.toSorted((a, b) => b.devices - a.devices || (a.zone < b.zone ? -1 : 1));
    const others = ranked.slice(MOST_ZONES);
    const freezes = [...plan.freezes, ...caller.account.freezes];
    const now = deps.clock();
    const stretch = { from: now - (now % HOUR), hours: HOURS };
    return ok({
      from: stretch.from,
      zones: ranked.slice(0, MOST_ZONES).map(({ zone, devices }) => ({
        ...{ zone, devices },
        download: openShares(plan.download, zone, freezes, stretch),
        install: openShares(plan.install, zone, freezes, stretch),
      })),
      others: { zones: others.length, devices: others.reduce((sum, { devices }) => sum + devices, 0) },
    });
  };
};
