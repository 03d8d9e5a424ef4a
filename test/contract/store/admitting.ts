import type { StoredCampaign, StoredDevice, StoredUpdate } from '../../../src/app/records.ts';
import type { Change, Committed } from '../../../src/app/writes.ts';
import { type Limit, type Tallies, type TalliesByScope, tallyOf } from '../../../src/domain/tally.ts';
import { evolve, type Outcome } from '../../../src/domain/update.ts';
import { NOON, sampleEvent } from '../../support/samples.ts';
import type { World } from './world.ts';

/** Caps on the tallies of one campaign. */
export const limited = (campaign: StoredCampaign, limits: readonly Limit[]): Pick<Change, 'limits'> => ({
  limits: limits.map((limit) => ({ ...limit, campaign: campaign.key })),
});

/** The change that hands a device its first phase, as the update is now. */
export const admission = async (
  world: World,
  campaign: StoredCampaign,
  device: StoredDevice,
  scopes: readonly string[],
): Promise<Change> => {
  const was = await world.updateOf(campaign, device);
  const admitted = { wave: null, scopes };
  const value = { ...was, position: 'download-running', since: NOON + 1, admission: admitted } as const;
  const about = { campaign: campaign.key, device: device.key };
  return {
    account: world.account,
    writes: [{ save: 'update', was, value }],
    events: [sampleEvent({ type: 'update-admitted', ...admitted }, about)],
  };
};

/** Hands devices their first phase, one after the other. */
export const admit = async (
  world: World,
  campaign: StoredCampaign,
  devices: readonly StoredDevice[],
  scopes: readonly string[],
): Promise<void> => {
  for (const device of devices) {
    const committed = await world.store.commit(await admission(world, campaign, device, scopes));
    if (!committed.ok) throw new Error('a device was not let in');
  }
};

/** Closes an update as it is. */
export const end = async (
  world: World,
  campaign: StoredCampaign,
  device: StoredDevice,
  outcome: Outcome,
): Promise<Committed> => {
  const was = await world.updateOf(campaign, device);
  const event = { type: 'update-closed', outcome, reason: 'none', message: '' } as const;
  return world.attempt([{ save: 'update', was, value: evolve(was, event, NOON + 2) }]);
};

/** What the tallies must say beside the starts, by looking at every update. */
export const recountTallies = (updates: readonly StoredUpdate[]): TalliesByScope => {
  const counted = new Map<string, Tallies>();
  for (const update of updates) {
    const tally = tallyOf(update);
    if (tally === undefined) continue;
    for (const scope of update.admission?.scopes ?? []) {
      const ofScope = counted.get(scope);
      if (!scope.startsWith('minute/'))
        counted.set(scope, { ...ofScope, [tally]: (ofScope?.[tally] ?? 0) + 1 });
    }
  }
  return counted;
};
