import type { ThingSpaceCampaign, Transport } from '../../app/thingspace-campaign.ts';
import type { Scheduled } from '../../app/thingspace-campaigns.ts';
import type { Instant } from '../../domain/time.ts';
import type { FirmwareCampaign, SoftwareCampaign } from '../../wire/thingspace/campaigns.ts';
import type { Upgrade } from '../../wire/thingspace/upgrades.ts';
import { toCampaignWord, toUpgradeWord } from './status.ts';
import { toDay } from './times.ts';
import { toWindows } from './windows.ts';

/** A campaign as a reply has it; what `account` the path names is told as it is. */
export type Shown = Scheduled & { readonly account: string; readonly now: Instant };

const commonOf = ({ campaign, facts, account }: Shown) => ({
  id: campaign.id,
  accountName: account,
  ...(facts.campaignName !== '' && { campaignName: facts.campaignName }),
  make: facts.make,
  model: facts.model,
  startDate: facts.startDate,
  endDate: endOf(campaign, facts),
});

/** An operator may have moved the end over another API. */
const endOf = ({ plan }: Scheduled['campaign'], { endDate }: ThingSpaceCampaign): string =>
  plan.endAt === null ? endDate : toDay(plan.endAt - 1);

const fileOf = ({ kind, name, to }: ThingSpaceCampaign) =>
  kind === 'file' ? { fileName: name, fileVersion: to } : {};

const optional = <Name extends string, Value>(name: Name, value: Value | undefined | null) =>
  value === undefined || value === null ? {} : ({ [name]: value } as { readonly [N in Name]: Value });

/** A campaign of v2; windows as text where its request had them so. */
export const toSoftwareCampaign = (shown: Shown, asText = false): SoftwareCampaign => {
  const { facts, campaign, now } = shown;
  return {
    ...commonOf(shown),
    softwareName: facts.name,
    softwareFrom: facts.from,
    softwareTo: facts.to,
    ...fileOf(facts),
    distributionType: facts.asked,
    ...optional('downloadAfterDate', facts.downloadAfterDate),
    ...optional('downloadTimeWindowList', toWindows(facts.downloadWindows, asText)),
    ...optional('installAfterDate', facts.installAfterDate),
    ...optional('installTimeWindowList', toWindows(facts.installWindows, asText)),
    status: toCampaignWord(campaign, 'v2', now),
  };
};

/** The protocols that lists of v3 can name (reference 1.5). */
const protocolsV3: Readonly<Partial<Record<Transport, string>>> = {
  lwm2m: 'LWM2M',
  'oma-dm': 'OMD-DM',
};

/** A campaign of v3 under both names of its windows. */
export const toFirmwareCampaign = (shown: Shown): FirmwareCampaign => {
  const { facts, campaign, now } = shown;
  const windows = toWindows(facts.downloadWindows);
  const { transport } = facts;
  return {
    ...commonOf(shown),
    firmwareName: facts.name,
    firmwareFrom: facts.from,
    firmwareTo: facts.to,
    protocol: (transport !== null && protocolsV3[transport]) || facts.asked,
    ...optional('campaignTimeWindowList', windows),
    ...optional('timeWindowList', windows),
    status: toCampaignWord(campaign, 'v3', now),
    autoAssignLicenseFlag: facts.autoAssignLicense,
    autoAddDevicesFlag: facts.autoAddDevices,
  };
};

/** The same in a list, where clients throw at other protocols than those two (reference 7, row 15). */
export const toListedFirmwareCampaign = (shown: Shown): FirmwareCampaign => {
  const { protocol, ...others } = toFirmwareCampaign(shown);
  const { transport } = shown.facts;
  return transport !== null && protocolsV3[transport] !== undefined
    ? { ...others, ...optional('protocol', protocol) }
    : others;
};

/** A campaign of v1, without its devices. */
export const toUpgrade = ({ campaign, facts, account, now }: Shown): Upgrade => ({
  id: campaign.id,
  accountName: account,
  firmwareName: facts.name,
  firmwareTo: facts.to,
  startDate: facts.startDate,
  endDate: endOf(campaign, facts),
  status: toUpgradeWord(campaign, now),
});
