import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { refusal, session } from '../prepare.ts';
import { nobody, prepareSamples, prepareScheduled, third } from '../prepare-campaigns.ts';
import { firmware, first, publishedV2, publishedV3, second, software, what } from '../published.ts';

const dates = { startDate: '2026-11-23', endDate: '2026-11-30', downloadAfterDate: '2026-11-23' };

export const setUp = async (api: Api) => {
  const names = await prepareSamples(api);
  const v2 = { ...publishedV2, ...dates, installAfterDate: undefined, deviceList: [first, nobody] };
  const v3 = { ...publishedV3, ...dates, deviceList: [third] };
  const v1 = { ...dates, accountName: 'DEFAULT', firmwareName: software.softwareName };
  return {
    ...names,
    software: await prepareScheduled(api, '/v2/campaigns/DEFAULT', v2),
    firmware: await prepareScheduled(api, '/v3/campaigns/firmware/DEFAULT', v3),
    upgrade: await prepareScheduled(api, '/v1/upgrades', { ...v1, deviceList: [second] }),
  };
};

const waits = 'Waits for the start at 23 Nov 26 00:00 UTC';
const page = { hasMoreData: false, maxPageSize: 1_000 };
const { startDate } = dates;

const lists: readonly Exchange[] = [
  {
    operation: 'listUpgradesV1',
    path: '/api/fota/v1/reports/DEFAULT/status/Queued/index/0',
    headers: session,
    status: 200,
    reply: {
      hasMoreFlag: false,
      lastSeenUpgradeId: 1,
      reportList: [
        {
          id: '$upgrade',
          accountName: 'DEFAULT',
          firmwareName: software.softwareName,
          firmwareTo: software.softwareTo,
          startDate,
          endDate: dates.endDate,
          status: 'Queued',
        },
      ],
    },
  },
  {
    operation: 'listUpgradesV1',
    shows: 'the heading of the pages, without a place',
    path: '/api/fota/v1/reports/DEFAULT/status/InProgress',
    headers: session,
    status: 200,
    reply: { hasMoreFlag: false, lastSeenUpgradeId: 0, reportList: [] },
  },
  {
    operation: 'listUpgradesV1',
    shows: 'a word of v2',
    path: '/api/fota/v1/reports/DEFAULT/status/CampaignScheduled/index/0',
    headers: session,
    ...refusal('Invalid upgrade status'),
  },
  {
    operation: 'listUpgradesV1',
    shows: 'a place before the first',
    path: '/api/fota/v1/reports/DEFAULT/status/Queued/index/-1',
    headers: session,
    ...refusal('Invalid index value'),
  },
  {
    operation: 'listCampaignsV2',
    path: '/api/fota/v2/reports/DEFAULT/campaigns?campaignStatus=CampaignQueued&lastSeenCampaignId=0',
    headers: session,
    status: 200,
    reply: {
      hasMoreData: false,
      lastSeenCampaignId: '$software',
      campaignList: [
        {
          id: '$software',
          accountName: 'DEFAULT',
          ...{ ...publishedV2, ...dates, ...what },
          installAfterDate: undefined,
          status: 'CampaignRequestQueued',
        },
      ],
    },
  },
  {
    operation: 'listCampaignsV2',
    shows: 'an end',
    path: '/api/fota/v2/reports/DEFAULT/campaigns?campaignStatus=CampaignRequestQueued&lastSeenCampaignId=$software',
    headers: session,
    status: 200,
    reply: { hasMoreData: false, campaignList: [] },
  },
  {
    operation: 'listCampaignsV2',
    shows: 'a campaign of another version as the last one seen',
    path: '/api/fota/v2/reports/DEFAULT/campaigns?campaignStatus=CampaignRequestQueued&lastSeenCampaignId=$firmware',
    headers: session,
    ...refusal('LastSeenCampaignId Not Valid'),
  },
  {
    operation: 'listCampaignsV3',
    path: '/api/fota/v3/reports/DEFAULT/firmware/campaigns?campaignStatus=CampaignRequestQueued',
    headers: session,
    status: 200,
  },
  {
    operation: 'listCampaignsV3',
    shows: 'the path of the documentation',
    path: '/api/fota/v3/reports/DEFAULT/campaigns?campaignStatus=CampaignEnded',
    headers: session,
    status: 200,
    reply: { hasMoreData: false, campaignList: [] },
  },
  {
    operation: 'listCampaignsV3',
    shows: 'no status',
    path: '/api/fota/v3/reports/DEFAULT/firmware/campaigns?campaignStatus=CampaignStarted',
    headers: session,
    ...refusal('Invalid campaign status'),
  },
];

const members: readonly Exchange[] = [
  {
    operation: 'listMembersV2',
    path: '/api/fota/v2/reports/DEFAULT/campaigns/$software/devices',
    headers: session,
    status: 200,
    reply: {
      ...page,
      totalDevice: 2,
      lastSeenDeviceId: nobody,
      deviceList: [
        { deviceId: first, status: 'UpgradePending', resultReason: waits },
        { deviceId: nobody, status: 'DeviceRejected', resultReason: 'Device not found' },
      ],
    },
  },
  {
    operation: 'listMembersV2',
    shows: 'those after one that nobody knows',
    path: `/api/fota/v2/reports/DEFAULT/campaigns/$software/devices?lastSeenDeviceId=${nobody}`,
    headers: session,
    status: 200,
    reply: { ...page, totalDevice: 2, deviceList: [] },
  },
  {
    operation: 'listMembersV2',
    shows: 'those after one that is nowhere',
    path: '/api/fota/v2/reports/DEFAULT/campaigns/$software/devices?lastSeenDeviceId=990013907800000',
    headers: session,
    ...refusal('LastSeenDeviceId Not Valid'),
  },
  {
    operation: 'listMembersV3',
    path: '/api/fota/v3/reports/DEFAULT/campaigns/$firmware/devices?lastSeenDeviceId=0',
    headers: session,
    status: 200,
    reply: {
      ...page,
      totalDevice: 1,
      lastSeenDeviceId: third,
      deviceList: [
        {
          deviceId: third,
          status: 'UpgradePending',
          resultReason: waits,
          updatedTime: '2026-11-21T08:00:00.000Z',
        },
      ],
    },
  },
];

const histories: readonly Exchange[] = [
  {
    operation: 'getDeviceHistoryV1',
    path: `/api/fota/v1/reports/DEFAULT/devices/${second}`,
    headers: session,
    status: 200,
    reply: [
      {
        ...{ deviceId: second, id: '$upgrade', accountName: 'DEFAULT', startDate },
        ...{ status: 'Device Accepted', reason: 'success' },
        ...{ firmwareFrom: software.softwareFrom, firmwareTo: software.softwareTo },
      },
    ],
  },
  {
    operation: 'getDeviceHistoryV1',
    shows: 'the path of an example',
    path: `/api/fota/v1/reports/DEFAULT/device/${second}`,
    headers: session,
    status: 200,
  },
  {
    operation: 'getDeviceHistoryV1',
    shows: 'no id of a device',
    path: '/api/fota/v1/reports/DEFAULT/devices/!',
    headers: session,
    ...refusal('Invalid device id format'),
  },
  {
    operation: 'getDeviceHistoryV2',
    path: `/api/fota/v2/reports/DEFAULT/devices/${first}`,
    headers: session,
    status: 200,
    reply: [
      {
        ...{ deviceId: first, id: '$software', accountName: 'DEFAULT', startDate },
        ...{ softwareName: software.softwareName, status: 'UpgradePending', reason: waits },
      },
    ],
  },
  {
    operation: 'getDeviceHistoryV2',
    shows: 'a device that nobody knows',
    path: `/api/fota/v2/reports/DEFAULT/devices/${nobody}`,
    headers: session,
    ...refusal('Device not found'),
  },
  {
    operation: 'getDeviceHistoryV3',
    path: `/api/fota/v3/reports/DEFAULT/devices/${third}`,
    headers: session,
    status: 200,
    reply: [
      {
        ...{ deviceId: third, id: '$firmware', campaignId: '$firmware', accountName: 'DEFAULT', startDate },
        ...{ ...firmware, status: 'UpgradePending', reason: waits },
        reportUpdatedTime: '2026-11-21T08:00:00.000Z',
      },
    ],
  },
];

export const exchanges: readonly Exchange[] = [...lists, ...members, ...histories];
