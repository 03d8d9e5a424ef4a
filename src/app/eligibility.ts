import { isFinal } from '../domain/campaign.ts';
import type { CampaignKey } from '../domain/ids.ts';
import { unfit } from '../domain/package.ts';
import type { Reason } from '../domain/update.ts';
import { misfitMessage, misfitReason } from './admission.ts';
import type { Caller } from './caller.ts';
import { assignLicences, licenceQuota, licensedAt, passesLicensing } from './licences.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredCampaign, StoredDevice, StoredPackage, StoredUpdate } from './records.ts';
import { carriedBy, type ThingSpaceCampaign } from './thingspace-campaign.ts';

type Deps = { readonly store: Store; readonly clock: Clock };
type Speaker = Pick<Caller, 'account' | 'actor'>;

/** Why a device cannot take part: for programs, and in words. */
export type Objection = { readonly reason: Reason; readonly message: string };

/** A device that was asked for: nobody's id, or in already, or eligible, or not. */
export type Verdict =
  | { readonly deviceId: string; readonly is: 'unknown' }
  | { readonly deviceId: string; readonly is: 'member' | 'eligible' }
  | { readonly deviceId: string; readonly is: 'ineligible'; readonly objection: Objection };

/** What devices are held against. */
export type Examination = {
  readonly campaign: StoredCampaign;
  readonly facts: ThingSpaceCampaign;
  readonly packages: readonly StoredPackage[];
};

const objections = {
  waiting: { reason: 'unsupported', message: 'Device waits to be accepted' },
  protocol: { reason: 'unsupported', message: 'Device is not eligible: it speaks another protocol' },
  busy: { reason: 'device-busy', message: 'Device already in another campaign' },
  licence: { reason: 'unsupported', message: 'License not assigned' },
} as const satisfies Record<string, Objection>;

/** What is known of a device alone. */
const objectionTo = (
  { campaign, facts, packages }: Examination,
  device: StoredDevice,
): Objection | undefined => {
  if (device.standing === 'waiting') return objections.waiting;
  if (facts.transport !== null && !carriedBy[facts.transport].includes(device.protocol))
    return objections.protocol;
  const misfit = unfit(packages, device, campaign.plan, new Set());
  if (misfit === undefined) return undefined;
  const words = misfitMessage(misfit);
  return {
    reason: misfitReason(misfit),
    message: `Device is not eligible: ${words}`,
  };
};

/** Whether campaigns are over, each looked up once. */
const overOnes = (store: Store, { account }: Speaker) => {
  const looked = new Map<CampaignKey, Promise<boolean>>();
  return (key: CampaignKey): Promise<boolean> => {
    const known = looked.get(key);
    if (known !== undefined) return known;
    const over = store.campaigns
      .get(account.key, key)
      .then((campaign) => campaign === undefined || isFinal(campaign.status));
    looked.set(key, over);
    return over;
  };
};

const isIn = (update: StoredUpdate | undefined): boolean =>
  update !== undefined && (update.status === 'open' || update.outcome === 'succeeded');

const verdictOn = async (
  { store }: Deps,
  { account }: Speaker,
  examination: Examination,
  device: StoredDevice,
  isOver: (key: CampaignKey) => Promise<boolean>,
): Promise<Verdict> => {
  const { campaign } = examination;
  const { id: deviceId } = device;
  if (isIn(await store.updates.find(account.key, campaign.key, device.key)))
    return { deviceId, is: 'member' };
  const objection = objectionTo(examination, device);
  if (objection !== undefined) return { deviceId, is: 'ineligible', objection };
  for (const other of await store.updates.openOf(account.key, device.key)) {
    if (other.campaign === campaign.key || (await isOver(other.campaign))) continue;
    return { deviceId, is: 'ineligible', objection: objections.busy };
  }
  return { deviceId, is: 'eligible' };
};

/** Gives the campaign's devices a licence each where it may; who is left without one is not eligible. */
const license = async (
  deps: Deps,
  speaker: Speaker,
  { facts }: Examination,
  verdicts: readonly Verdict[],
  devices: ReadonlyMap<string, StoredDevice>,
): Promise<readonly Verdict[]> => {
  if (licenceQuota(speaker.account) === null && !facts.autoAssignLicense) return verdicts;
  const lacking = verdicts
    .filter(({ deviceId, is }) => {
      const device = devices.get(deviceId);
      return is === 'eligible' && device !== undefined && licensedAt(device) === undefined;
    })
    .map(({ deviceId }) => deviceId);
  if (lacking.length === 0) return verdicts;
  const assigned = facts.autoAssignLicense ? await assignLicences(deps, speaker, lacking) : undefined;
  const licensed = new Set(
    (assigned?.ok ? assigned.value : [])
      .filter(({ result }) => result === 'assigned' || result === 'had-one')
      .map(({ deviceId }) => deviceId),
  );
  const refused = new Set(lacking.filter((id) => !licensed.has(id)));
  return verdicts.map((verdict) => {
    const device = devices.get(verdict.deviceId);
    const passes = device !== undefined && passesLicensing(speaker.account, device);
    return refused.has(verdict.deviceId) && !passes
      ? { deviceId: verdict.deviceId, is: 'ineligible', objection: objections.licence }
      : verdict;
  });
};

/** Looked up at once: more would keep others from the store. */
const AT_ONCE = 50;

/**
 * Which of these devices may take part in a campaign, in the order of the ids. Devices that have no licence are given
 * one where the campaign asks for that and one is left.
 */
export const examine = async (
  deps: Deps,
  speaker: Speaker,
  examination: Examination,
  deviceIds: readonly string[],
): Promise<readonly Verdict[]> => {
  const found = await deps.store.devices.findMany(speaker.account.key, deviceIds);
  const devices = new Map(found.map((device) => [device.id, device]));
  const isOver = overOnes(deps.store, speaker);
  const verdicts: Verdict[] = [];
  for (let at = 0; at < deviceIds.length; at += AT_ONCE) {
    const some = deviceIds.slice(at, at + AT_ONCE).map(async (deviceId): Promise<Verdict> => {
      const device = devices.get(deviceId);
      return device === undefined
        ? { deviceId, is: 'unknown' }
        : verdictOn(deps, speaker, examination, device, isOver);
    });
    verdicts.push(...(await Promise.all(some)));
  }
  return license(deps, speaker, examination, verdicts, devices);
};
