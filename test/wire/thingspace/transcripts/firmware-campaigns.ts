import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { refusal, session } from '../prepare.ts';
import { nobody, prepareSamples, prepareScheduled, third } from '../prepare-campaigns.ts';
import { firmware, first, module, publishedV3 } from '../published.ts';

const v3 = '/api/fota/v3/campaigns';
const dates = { startDate: '2026-11-23', endDate: '2026-11-30' };
const windows = publishedV3.campaignTimeWindowList;
const asked = {
  ...{ ...publishedV3, ...dates, deviceList: [third] },
  ...{ autoAssignLicenseFlag: false, autoAddDevicesFlag: false },
};

export const setUp = async (api: Api) => ({
  ...(await prepareSamples(api)),
  begun: await prepareScheduled(api, '/v3/campaigns/firmware/DEFAULT', {
    ...{ ...asked, deviceList: [third], startDate: '2026-11-21' },
  }),
});

const shown = {
  ...{ ...publishedV3, ...dates, ...module },
  ...{ id: '$campaign', accountName: 'DEFAULT', status: 'CampaignRequestPending' },
  ...{ timeWindowList: windows, autoAssignLicenseFlag: false, autoAddDevicesFlag: false },
};
const said = (deviceId: string, status: string, reason: string) => ({
  ...{ deviceId, status, resultReason: reason },
  ...{ Reason: reason, reason },
});
const changed = { accountName: 'DEFAULT', id: '$campaign', campaignId: '$campaign' };
const busy = 'Device already in another campaign';

export const exchanges: readonly Exchange[] = [
  {
    operation: 'scheduleFirmwareV3',
    path: `${v3}/firmware/DEFAULT`,
    headers: session,
    body: asked,
    status: 200,
    reply: shown,
  },
  {
    operation: 'scheduleFirmwareV3',
    shows: 'the path, the window name, the flags as text and the other protocol of older pages',
    path: `${v3}/software/DEFAULT`,
    headers: session,
    body: {
      ...{ ...firmware, ...dates, protocol: 'OMA-DM', deviceList: [third] },
      timeWindowList: windows,
      autoAddDevicesFlag: 'true',
    },
    status: 200,
    reply: {
      ...{ ...firmware, ...dates, ...module },
      ...{ id: '$$uuid', accountName: 'DEFAULT', protocol: 'OMD-DM', status: 'CampaignRequestPending' },
      ...{ campaignTimeWindowList: windows, timeWindowList: windows },
      ...{ autoAssignLicenseFlag: false, autoAddDevicesFlag: true },
    },
  },
  {
    operation: 'scheduleFirmwareV3',
    shows: 'a short window',
    path: `${v3}/firmware/DEFAULT`,
    headers: session,
    body: { ...asked, campaignTimeWindowList: [{ startTime: 18, endTime: 21 }] },
    ...refusal('Time window must be at least 4 hours'),
  },
  {
    operation: 'getCampaignV3',
    path: `${v3}/DEFAULT/$campaign`,
    headers: session,
    status: 200,
    reply: shown,
  },
  {
    operation: 'getCampaignV3',
    shows: 'no id',
    path: `${v3}/DEFAULT/f858b8c4`,
    headers: session,
    ...refusal('Invalid uuid'),
  },
  {
    operation: 'changeDevicesV3',
    path: `${v3}/firmware/DEFAULT/$campaign`,
    headers: session,
    body: { Type: 'append', deviceList: [third, first, nobody] },
    status: 200,
    reply: {
      ...changed,
      deviceList: [
        said(third, 'AddDeviceFailed', busy),
        said(first, 'AddDeviceFailed', 'Device is not eligible: it speaks another protocol'),
        said(nobody, 'AddDeviceFailed', 'Device not found'),
      ],
    },
  },
  {
    operation: 'changeDevicesV3',
    shows: 'the path of the documentation',
    path: `${v3}/DEFAULT/$campaign`,
    headers: session,
    body: { addOrRemoveDevice: [{ type: 'remove', deviceList: [third, nobody] }] },
    status: 200,
    reply: {
      ...changed,
      deviceList: [
        said(third, 'RemoveDeviceFailed', 'Device not in campaign'),
        said(nobody, 'RemoveDeviceFailed', 'Device not found'),
      ],
    },
  },
  {
    operation: 'changeDevicesV3',
    shows: 'one that has begun',
    path: `${v3}/firmware/DEFAULT/$begun`,
    headers: session,
    body: { Type: 'append', deviceList: [third] },
    ...refusal('Campaign already started'),
  },
  {
    operation: 'changeDatesV3',
    path: `${v3}/firmware/DEFAULT/$campaign/dates`,
    headers: session,
    body: { startDate: '2026-11-24', endDate: '2026-12-30', campaignTimeWindowList: windows },
    status: 200,
    reply: { ...shown, startDate: '2026-11-24', endDate: '2026-12-30' },
  },
  {
    operation: 'changeDatesV3',
    shows: 'the path of the documentation, of one that has begun',
    path: `${v3}/DEFAULT/$begun/dates`,
    headers: session,
    body: { startDate: '2026-11-21', endDate: '2026-12-30' },
    ...refusal('Time windows cannot be changed after the start'),
  },
  {
    operation: 'cancelCampaignV3',
    path: `${v3}/DEFAULT/$campaign`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'cancelCampaignV3',
    shows: 'one that has begun',
    path: `${v3}/DEFAULT/$begun`,
    headers: session,
    ...refusal('Campaign already started'),
  },
];
