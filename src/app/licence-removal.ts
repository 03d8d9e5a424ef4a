import { rank } from '../domain/position.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Result } from '../domain/result.ts';
import {
  changeLicences,
  type LicenceDecision,
  type LicenceDeps,
  type LicenceOutcome,
  licenceQuota,
  licensedAt,
  type Speaker,
} from './licences.ts';
import type { ListedUpdate, StoredDevice } from './records.ts';
import { THINGSPACE_VERSION } from './thingspace-campaign.ts';

/** Updates of a device that are looked at; open ones come first. */
const MOST_UPDATES = 1_000;

const hasBegun = ({ status, position }: ListedUpdate): boolean =>
  status === 'open' && rank(position) >= rank('download-running');

const hasUsed = (update: ListedUpdate, since: number): boolean =>
  update.status === 'closed' && update.outcome === 'succeeded' && update.since >= since;

const updatesOf = ({ store }: Pick<LicenceDeps, 'store'>, { account }: Speaker, { key }: StoredDevice) =>
  store.updates.ofDevice(account.key, key, MOST_UPDATES);

const decideRemoval = async (
  deps: LicenceDeps,
  speaker: Speaker,
  device: StoredDevice,
): Promise<LicenceDecision> => {
  const licence = licensedAt(device);
  if (licence === undefined) return { result: 'had-none' };
  const updates = await updatesOf(deps, speaker, device);
  if (updates.some(hasBegun)) return { result: 'in-progress' };
  if (updates.some((update) => hasUsed(update, Date.parse(licence)))) return { result: 'used' };
  return { result: 'removed', licence: null };
};

/** Where licences count, what needs one and has not begun is cancelled with it (reference 3.8). */
const cancelUnlicensed = async (
  deps: LicenceDeps,
  speaker: Speaker,
  deviceIds: readonly string[],
): Promise<void> => {
  const { store, clock } = deps;
  const { account, actor } = speaker;
  if (licenceQuota(account) === null) return;
  for (const device of await store.devices.findMany(account.key, deviceIds)) {
    for (const update of await updatesOf(deps, speaker, device)) {
      if (update.status !== 'open' || hasBegun(update)) continue;
      const campaign = await store.campaigns.get(account.key, update.campaign);
      if (campaign?.plan.settings[THINGSPACE_VERSION] === undefined) continue;
      await store.updates.close({
        ...{ account: account.key, campaign: campaign.key, actor, now: clock() },
        ...{ recall: [], outcome: 'cancelled', reason: 'closed-by-operator' },
        message: 'The license of the device was removed',
        by: 'ids',
        deviceIds: [device.id],
      });
    }
  }
};

const removedIn = (outcomes: readonly LicenceOutcome[]): readonly string[] =>
  outcomes.filter(({ result }) => result === 'removed').map(({ deviceId }) => deviceId);

/**
 * Takes the licences of devices that have not used them and are not being updated. What they wait for in campaigns that
 * need a licence is cancelled.
 */
export const removeLicences = async (
  deps: LicenceDeps,
  speaker: Speaker,
  deviceIds: readonly string[],
): Promise<Result<readonly LicenceOutcome[], Refusal>> => {
  const done = await changeLicences(
    deps,
    speaker,
    deviceIds,
    () => (device) => decideRemoval(deps, speaker, device),
  );
  if (done.ok) await cancelUnlicensed(deps, speaker, removedIn(done.value));
  return done;
};

/** Takes licences whatever was done with them: there are fewer than devices that have one. */
export const withdrawLicences = async (
  deps: LicenceDeps,
  speaker: Speaker,
  deviceIds: readonly string[],
): Promise<Result<readonly LicenceOutcome[], Refusal>> => {
  const quota = licenceQuota(speaker.account) ?? Number.POSITIVE_INFINITY;
  const done = await changeLicences(deps, speaker, deviceIds, (used) => {
    let excess = used - quota;
    return async (device) => {
      if (licensedAt(device) === undefined) return { result: 'had-none' };
      if (excess <= 0) return { result: 'had-one' };
      excess -= 1;
      return { result: 'removed', licence: null };
    };
  });
  if (done.ok) await cancelUnlicensed(deps, speaker, removedIn(done.value));
  return done;
};
