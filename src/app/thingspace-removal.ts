import { answersRecall } from '../domain/device.ts';
import { type Caller, signatureOf } from './caller.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign } from './records.ts';
import { changeUnknown, unknownIds } from './thingspace-campaign.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** What came of a device that was to leave a campaign. */
export type Removal = { readonly deviceId: string; readonly is: 'removed' | 'unknown' | 'no-member' };

/** Takes devices out of a campaign at once. Who was taken out already is so again. */
export const removeNow = async (
  { store, clock }: Deps,
  { account, actor }: Speaker,
  campaign: StoredCampaign,
  deviceIds: readonly string[],
): Promise<readonly Removal[]> => {
  const found = await store.devices.findMany(account.key, deviceIds);
  const devices = new Map(found.map((device) => [device.id, device]));
  const unknown = new Set(await unknownIds(store, account.key, campaign.id));
  const removals = await Promise.all(
    deviceIds.map(async (deviceId): Promise<Removal> => {
      const device = devices.get(deviceId);
      if (device === undefined) return { deviceId, is: unknown.has(deviceId) ? 'removed' : 'unknown' };
      const update = await store.updates.find(account.key, campaign.key, device.key);
      return { deviceId, is: update === undefined ? 'no-member' : 'removed' };
    }),
  );
  const gone = removals.filter(({ is }) => is === 'removed').map(({ deviceId }) => deviceId);
  const bulk = { account: account.key, campaign: campaign.key, actor, now: clock() };
  await store.updates.close({
    ...bulk,
    by: 'ids',
    deviceIds: gone.filter((id) => devices.has(id)),
    recall: answersRecall,
    outcome: 'removed',
    reason: 'removed-from-campaign',
    message: 'taken out of the campaign by an operator',
  });
  const made = { createdBy: signatureOf(actor), createdAt: clock() };
  const writes = await changeUnknown(store, account.key, campaign, { drop: gone }, made);
  if (writes.length > 0) await store.commit({ account: account.key, writes, events: [] });
  return removals;
};
