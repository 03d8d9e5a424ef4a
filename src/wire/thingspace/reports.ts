import { type Static, Type } from 'typebox';
import { FirmwareCampaign, SoftwareCampaign } from './campaigns.ts';
import { AfterDevice, Count } from './common.ts';
import { thingspaceRoutes } from './route.ts';
import { Upgrade } from './upgrades.ts';

const Text = Type.String();
const Maybe = Type.Optional(Text);

/** Campaigns by their status, and where their list goes on: after this one, `0` or nothing for its beginning. */
const HistoryQuery = Type.Object({
  campaignStatus: Type.Optional(Type.String({ maxLength: 1_024 })),
  lastSeenCampaignId: Type.Optional(Type.String({ maxLength: 256 })),
});
export type HistoryQuery = Static<typeof HistoryQuery>;

const page = { hasMoreData: Type.Boolean(), lastSeenCampaignId: Maybe };

/** An update of one device, by the campaign that brings it. */
const device = {
  deviceId: Text,
  id: Text,
  accountName: Text,
  startDate: Text,
  status: Text,
  reason: Text,
};
const firmware = { firmwareName: Text, firmwareFrom: Text, firmwareTo: Text };

/** A device in a campaign; times as RFC 3339. */
const Member = Type.Object({
  deviceId: Text,
  status: Text,
  resultReason: Text,
  updatedTime: Maybe,
  recentAttemptTime: Maybe,
  nextAttemptTime: Maybe,
});
export type Member = Static<typeof Member>;

const Members = Type.Object({
  totalDevice: Count,
  hasMoreData: Type.Boolean(),
  lastSeenDeviceId: Maybe,
  maxPageSize: Count,
  deviceList: Type.Array(Member),
});
export type Members = Static<typeof Members>;

export const reportRoutes = thingspaceRoutes({
  listUpgradesV1: {
    method: 'GET',
    path: '/fota/v1/reports/:account/status/:upgradeStatus/index/:startIndex',
    aliases: ['/fota/v1/reports/:account/status/:upgradeStatus'],
    access: 'View Campaign',
    summary: 'List upgrades by their status',
    number: 16,
    reply: Type.Object({
      hasMoreFlag: Type.Boolean(),
      lastSeenUpgradeId: Count,
      reportList: Type.Array(Upgrade),
    }),
  },
  getDeviceHistoryV1: {
    method: 'GET',
    path: '/fota/v1/reports/:account/devices/:deviceId',
    aliases: ['/fota/v1/reports/:account/device/:deviceId'],
    access: 'View Campaign',
    summary: 'List the upgrades of a device, the newest first',
    number: 17,
    reply: Type.Array(
      Type.Object({ ...device, firmwareFrom: Text, firmwareTo: Text, upgradeStartTime: Maybe }),
    ),
  },
  getDeviceHistoryV2: {
    method: 'GET',
    path: '/fota/v2/reports/:account/devices/:deviceId',
    access: 'View Campaign',
    summary: 'List the upgrades of a device, the newest first',
    number: 20,
    reply: Type.Array(Type.Object({ ...device, softwareName: Text })),
  },
  listCampaignsV2: {
    method: 'GET',
    path: '/fota/v2/reports/:account/campaigns',
    access: 'View Campaign',
    summary: 'List campaigns by their status',
    number: 21,
    query: HistoryQuery,
    reply: Type.Object({ ...page, campaignList: Type.Array(SoftwareCampaign) }),
  },
  listMembersV2: {
    method: 'GET',
    path: '/fota/v2/reports/:account/campaigns/:campaignId/devices',
    access: 'View Campaign',
    summary: 'List the devices of a campaign with their statuses',
    number: 22,
    query: AfterDevice,
    reply: Members,
  },
  listCampaignsV3: {
    method: 'GET',
    path: '/fota/v3/reports/:account/firmware/campaigns',
    aliases: ['/fota/v3/reports/:account/campaigns'],
    access: 'View Campaign',
    summary: 'List campaigns by their status',
    number: 23,
    query: HistoryQuery,
    reply: Type.Object({ ...page, campaignList: Type.Array(FirmwareCampaign) }),
  },
  getDeviceHistoryV3: {
    method: 'GET',
    path: '/fota/v3/reports/:account/devices/:deviceId',
    access: 'View Campaign',
    summary: 'List the upgrades of a device, the newest first',
    number: 24,
    reply: Type.Array(Type.Object({ ...device, ...firmware, campaignId: Text, reportUpdatedTime: Text })),
  },
  listMembersV3: {
    method: 'GET',
    path: '/fota/v3/reports/:account/campaigns/:campaignId/devices',
    access: 'View Campaign',
    summary: 'List the devices of a campaign with their statuses',
    number: 25,
    query: AfterDevice,
    reply: Members,
  },
});
