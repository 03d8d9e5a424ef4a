import { setImmediate as turn } from 'node:timers/promises';
import type { Caller } from '../../app/caller.ts';
import type { Verdict } from '../../app/eligibility.ts';
import type { StoredCampaign } from '../../app/records.ts';
import { addNow, isBeforeStart, wasStarted } from '../../app/thingspace-campaigns.ts';
import { type Removal, removeNow } from '../../app/thingspace-removal.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { DeviceChange } from '../../wire/thingspace/campaigns.ts';
import type { DeviceResult } from '../../wire/thingspace/common.ts';
import { BadRequest } from './errors.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { deviceIdsIn } from './reading.ts';

/** Who is to join or to leave. */
export type Wanted = { readonly type: 'append' | 'remove'; readonly deviceIds: readonly string[] };

/** Reads a change bare or wrapped, with the type in either case (reference 3.4). Throws `BadRequest`. */
export const wantedIn = (body: DeviceChange): Wanted => {
  const { addOrRemoveDevice: wrapped } = body;
  const change = (Array.isArray(wrapped) ? wrapped[0] : wrapped) ?? body;
  const type = (change.Type ?? change.type ?? '').trim().toLowerCase();
  const deviceIds = deviceIdsIn(change.deviceList ?? []);
  if (type !== 'append' && type !== 'remove') throw new BadRequest('Invalid type: expected append or remove');
  return { type, deviceIds };
};

/** Throws `BadRequest` for a campaign whose devices can no longer be changed. */
export const mustBeBeforeStart = (campaign: StoredCampaign): void => {
  if (isBeforeStart(campaign)) return;
  throw new BadRequest(wasStarted(campaign) ? 'Campaign already started' : 'Campaign already ended');
};

const resultOf = (deviceId: string, status: string, reason: string): DeviceResult => ({
  ...{ deviceId, status, resultReason: reason },
  ...{ Reason: reason, reason },
});

const ADDED = 'Device added Successfully';

const toAdded = (verdict: Verdict): DeviceResult => {
  const { deviceId } = verdict;
  switch (verdict.is) {
    case 'eligible':
    case 'member':
      return resultOf(deviceId, 'AddDeviceSucceed', ADDED);
    case 'unknown':
      return resultOf(deviceId, 'AddDeviceFailed', 'Device not found');
    case 'ineligible':
      return resultOf(deviceId, 'AddDeviceFailed', verdict.objection.message);
    default:
      return verdict satisfies never;
  }
};

const removals = {
  removed: ['RemoveDeviceSucceed', 'Device removed Successfully'],
  unknown: ['RemoveDeviceFailed', 'Device not found'],
  'no-member': ['RemoveDeviceFailed', 'Device not in campaign'],
} as const satisfies Record<Removal['is'], readonly [string, string]>;

const toRemoved = ({ deviceId, is }: Removal): DeviceResult => {
  const [status, reason] = removals[is];
  return resultOf(deviceId, status, reason);
};

/** Devices that are looked at before others are answered. */
const PIECE = 200;

/** Adds or removes devices one piece after the other; what came of each, in the order of the request. */
export const changeNow = async (
  deps: ThingSpaceDeps,
  caller: Caller,
  campaign: StoredCampaign,
  { type, deviceIds }: Wanted,
): Promise<Result<readonly DeviceResult[], Refusal>> => {
  const results: DeviceResult[] = [];
  for (let at = 0; at < deviceIds.length; at += PIECE) {
    const piece = deviceIds.slice(at, at + PIECE);
    if (type === 'remove') {
      results.push(...(await removeNow(deps, caller, campaign, piece)).map(toRemoved));
    } else {
      const added = await addNow(deps, caller, campaign, piece);
      if (!added.ok) return added;
      results.push(...added.value.map(toAdded));
    }
    await turn();
  }
  return ok(results);
};
