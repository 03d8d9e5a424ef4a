import { hash } from 'node:crypto';
import { derivedUuid } from '../../app/derived-uuid.ts';
import type { EventBody } from '../../app/event-records.ts';
import type { Message, Render, Telling } from '../../app/fan-out.ts';
import type { StoredCampaign, StoredDevice, StoredPackage } from '../../app/records.ts';
import { factsOf, type ThingSpaceCampaign } from '../../app/thingspace-campaign.ts';
import { isFinal } from '../../domain/campaign.ts';
import { type ApiVersion, apiVersions } from '../../wire/thingspace/common.ts';
import { type DeviceWord, toDeviceWord } from './device-status.ts';
import { toCampaignWord, toUpgradeWord } from './status.ts';
import { toDateTime } from './times.ts';

type Body = Readonly<Record<string, unknown>>;
type Elements = {
  readonly firmwareList?: readonly Body[];
  readonly upgradeScheduled?: Body;
  readonly upgradeProgress?: Body;
  /** Makes it another message than others of its type about the same event. */
  readonly part?: string;
};
type Type = 'newFirmware' | 'upgradeScheduled' | 'upgradeProgress';

const hashing = { sha256: (text: string): string => hash('sha256', text, 'hex') };

/** v1 repeats in each message what its receiver was registered with (reference 5.1). */
const credentialsOf = async ({ store, account, subscription }: Telling, version: ApiVersion) => {
  const none = { username: '', password: '' };
  if (version !== 'v1') return none;
  const destination = await store.destinations.find(account.key, subscription.destinationId);
  const { authentication } = destination ?? {};
  if (authentication?.kind !== 'basic') return none;
  return { username: authentication.username, password: authentication.password };
};

/** One body for every version, so that each reader finds its members; what does not apply is empty (reference 5.2). */
const messageOf = async (
  telling: Telling,
  version: ApiVersion,
  type: Type,
  { firmwareList = [], upgradeScheduled = {}, upgradeProgress = {}, part = '' }: Elements,
): Promise<Message> => {
  const { account, event } = telling;
  const body = {
    accountName: account.id,
    participantName: account.id,
    type,
    ...(await credentialsOf(telling, version)),
    firmwareList,
    upgradeScheduled,
    upgradeProgress,
    eventId: derivedUuid(hashing, 'thingspace callback', account.id, event.seq, version, type, part),
    eventTime: toDateTime(event.at),
    version,
  };
  return {
    part: `${type}${part}`,
    device: event.device,
    event: type,
    body: JSON.stringify(body),
    latestOnly: false,
    notBefore: null,
  };
};

const toFirmware = (account: string, pack: StoredPackage): Body => ({
  firmwareName: pack.name,
  participantName: account,
  launchDate: toDateTime(pack.createdAt),
  releaseNote: pack.description,
  model: pack.model,
  make: pack.make,
  fromVersion: pack.fromVersion,
  toVersion: pack.version,
});

async function* newFirmware(telling: Telling, version: ApiVersion, id: string): AsyncGenerator<Message> {
  const { store, account } = telling;
  const pack = await store.packages.find(account.key, id);
  // Files are not firmware, and software is what v2 alone knows.
  const isTold = pack?.kind === 'firmware' || (pack?.kind === 'software' && version === 'v2');
  if (pack === undefined || !isTold) return;
  yield await messageOf(telling, version, 'newFirmware', { firmwareList: [toFirmware(account.id, pack)] });
}

/** An event in a campaign that came by the version whose subscribers are told. */
type Upgrade = {
  readonly telling: Telling;
  readonly version: ApiVersion;
  readonly campaign: StoredCampaign;
  readonly facts: ThingSpaceCampaign;
};

const idsOf = ({ id, plan }: StoredCampaign) => ({ upgradeId: id, campaignId: id, campaignName: plan.name });

const pending = { v1: 'RequestPending', later: 'CampaignRequestPending' } as const;
const queued = { v1: 'Queued', later: 'CampaignRequestQueued' } as const;
const begun = { v1: 'InProgress', later: 'CampaignScheduled' } as const;

/** What an event makes of a campaign that may be further on by the time it is told (reference 3.1). */
const passing: Partial<Readonly<Record<EventBody['type'], typeof pending | typeof queued | typeof begun>>> = {
  'campaign-created': pending,
  'campaign-approved': queued,
  'campaign-scheduled': queued,
  'campaign-started': begun,
};
/** What changes its status for good, or until somebody starts it again. */
const ending: readonly EventBody['type'][] = [
  'campaign-stopped',
  'campaign-ended',
  'campaign-cancelled',
  'campaign-rejected',
  'campaign-failed',
];

/** The status that an event has brought a campaign to; `undefined` where it changes none that this wire knows. */
const statusAfter = ({ telling, version, campaign }: Upgrade): string | undefined => {
  const { type } = telling.event.body;
  if (!ending.includes(type)) return passing[type]?.[version === 'v1' ? 'v1' : 'later'];
  if (!isFinal(campaign.status) && campaign.status !== 'stopped') return undefined;
  return version === 'v1'
    ? toUpgradeWord(campaign, telling.now)
    : toCampaignWord(campaign, version, telling.now);
};

const statusChange = (upgrade: Upgrade, campaignStatus: string): Promise<Message> => {
  const { telling, version, campaign, facts } = upgrade;
  const upgradeProgress = { ...idsOf(campaign), campaignStatus, deviceList: [] };
  if (telling.event.body.type !== 'campaign-scheduled')
    return messageOf(telling, version, 'upgradeProgress', { upgradeProgress });
  const { name: firmwareName, startDate } = facts;
  const upgradeScheduled = { ...idsOf(campaign), firmwareName, startDate, campaignStatus };
  return messageOf(telling, version, 'upgradeScheduled', { upgradeScheduled });
};

/** An update that begins, is tried again, or ends; the steps between have no words of their own. */
const isTold = (body: EventBody): boolean =>
  body.type === 'update-closed' ||
  body.type === 'update-retried' ||
  (body.type === 'update-moved' && body.to === 'download-running');

const wordOf = async (
  { telling, version, campaign }: Upgrade,
  device: StoredDevice,
): Promise<DeviceWord | undefined> => {
  const { store, account, now, event } = telling;
  if (!isTold(event.body)) return undefined;
  const update = await store.updates.find(account.key, campaign.key, device.key);
  return update && toDeviceWord(update, { campaign, version, now });
};

const PAGE = 1_000;
/** Of more rejected devices than these a caller reads the report: each piece of them is looked for among all. */
const MOST_REJECTED = 10_000;

/** The devices that were found not to be eligible when they were looked at together, in batches. */
async function* rejections(upgrade: Upgrade): AsyncGenerator<Message> {
  const { telling, version, campaign } = upgrade;
  const { store, account, event, now } = telling;
  const { closed } = await store.campaigns.counts(account.key, campaign.key);
  if ((closed.rejected ?? 0) > MOST_REJECTED) return;
  const filter = { positions: [], outcomes: ['rejected'], open: false } as const;
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof store.updates.list>> = await store.updates.list(
      account.key,
      campaign.key,
      filter,
      { after, limit: PAGE },
    );
    const deviceList = page.items
      .filter(({ since }) => since === event.at)
      .map((update) => ({ deviceId: update.deviceId, ...toDeviceWord(update, { campaign, version, now }) }));
    const upgradeProgress = { ...idsOf(campaign), deviceList };
    if (deviceList.length > 0)
      yield await messageOf(telling, version, 'upgradeProgress', { upgradeProgress, part: ` ${after}` });
    after = page.next;
  }
}

async function* upgrades(
  telling: Telling,
  version: ApiVersion,
  campaign: StoredCampaign,
): AsyncGenerator<Message> {
  const { store, account, device } = telling;
  const known = await factsOf(store, account.key, campaign.id);
  if (known?.facts.api !== version) return;
  const upgrade = { telling, version, campaign, facts: known.facts };
  const status = statusAfter(upgrade);
  if (status !== undefined) {
    yield await statusChange(upgrade, status);
    return;
  }
  const { body } = telling.event;
  if (body.type === 'updates-closed' && body.outcome === 'rejected') return yield* rejections(upgrade);
  const word = device && (await wordOf(upgrade, device));
  if (device === undefined || word === undefined) return;
  const deviceList = [{ deviceId: device.id, ...word }];
  yield await messageOf(telling, version, 'upgradeProgress', {
    upgradeProgress: { ...idsOf(campaign), deviceList },
  });
}

async function* nothing(): AsyncGenerator<Message> {}

/**
 * The callbacks of this wire (reference 5): what happens in a campaign is told in the form of the version by which it
 * came, and new firmware in the form of each.
 */
export const renderThingSpace: Render = (telling) => {
  const { event, subscription, campaign } = telling;
  const version = apiVersions.find((known) => known === subscription.topic);
  if (version === undefined) return nothing();
  if (event.body.type === 'package-uploaded') return newFirmware(telling, version, event.body.id);
  return campaign === undefined ? nothing() : upgrades(telling, version, campaign);
};
