import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { anyType, forbidden, refusal, session } from '../prepare.ts';
import { prepareSamples, prepareScheduled } from '../prepare-campaigns.ts';
import { filePackage, first, publishedV2, second, software, what } from '../published.ts';

const v2 = '/api/fota/v2/campaigns';
const dates = {
  ...{ startDate: '2026-11-23', endDate: '2026-11-30' },
  downloadAfterDate: '2026-11-23',
  downloadTimeWindowList: [{ startTime: 20, endTime: 21 }],
  installAfterDate: '2026-11-24',
  installTimeWindowList: [{ startTime: 22, endTime: 23 }],
};
const asked = { ...publishedV2, ...dates, deviceList: [first, second] };

export const setUp = async (api: Api) => ({
  ...(await prepareSamples(api)),
  /** One that has begun today. */
  begun: await prepareScheduled(api, '/v2/campaigns/DEFAULT', {
    ...{ ...asked, deviceList: [second], startDate: '2026-11-21' },
  }),
  /** One of another version. */
  other: await prepareScheduled(api, '/v1/upgrades', {
    ...{ accountName: 'DEFAULT', firmwareName: software.softwareName, firmwareTo: software.softwareTo },
    ...{ startDate: '2026-11-23', endDate: '2026-11-30', deviceList: [first] },
  }),
});

const nowhere = '00000000-0000-4000-8000-000000000000';
const shown = {
  ...publishedV2,
  ...dates,
  ...what,
  id: '$campaign',
  accountName: 'DEFAULT',
  status: 'CampaignRequestPending',
};
const texts = [{ startTime: '20', endTime: '21' }];

const scheduling: readonly Exchange[] = [
  {
    operation: 'scheduleSoftwareV2',
    path: `${v2}/DEFAULT`,
    headers: { ...session, ...anyType },
    body: asked,
    status: 200,
    reply: { ...shown, deviceList: [first, second] },
  },
  {
    operation: 'scheduleSoftwareV2',
    shows: 'nobody',
    path: `${v2}/DEFAULT`,
    headers: { ...session, ...anyType },
    body: { ...asked, deviceList: [] },
    ...refusal('Device list is empty'),
  },
  {
    operation: 'scheduleSoftwareV2',
    shows: 'a request without its parts',
    path: `${v2}/DEFAULT`,
    headers: { ...session, ...anyType },
    body: {},
    status: 400,
  },
  {
    operation: 'scheduleSoftwareV2',
    shows: 'no permission',
    path: `${v2}/DEFAULT`,
    headers: { 'vz-m2m-token': '$viewer', ...anyType },
    body: asked,
    ...forbidden('Create Campaign'),
  },
  {
    operation: 'scheduleHttpSoftwareV2',
    shows: 'windows as text, without versions',
    path: `${v2}/software/DEFAULT`,
    headers: session,
    body: {
      campaignName: 'text',
      softwareName: software.softwareName,
      distributionType: 'HTTP',
      startDate: '2026-11-23',
      endDate: '2026-11-23',
      downloadTimeWindowList: texts,
      installTimeWindowList: [{ startTime: '22', endTime: '23' }],
      deviceList: [first],
    },
    status: 200,
    reply: {
      id: '$text',
      accountName: 'DEFAULT',
      campaignName: 'text',
      ...software,
      ...what,
      distributionType: 'HTTP',
      startDate: '2026-11-23',
      endDate: '2026-11-23',
      downloadTimeWindowList: texts,
      installTimeWindowList: [{ startTime: '22', endTime: '23' }],
      deviceList: [first],
      status: 'CampaignRequestPending',
    },
  },
  {
    operation: 'scheduleFileV2',
    path: `${v2}/files/DEFAULT`,
    headers: session,
    body: {
      fileName: filePackage.name,
      fileVersion: filePackage.version,
      distributionType: 'OMA',
      startDate: '2026-11-21',
      endDate: '2026-11-21',
      deviceList: [second],
    },
    status: 200,
    reply: {
      id: '$file',
      accountName: 'DEFAULT',
      ...what,
      softwareName: filePackage.name,
      softwareFrom: '',
      softwareTo: filePackage.version,
      fileName: filePackage.name,
      fileVersion: filePackage.version,
      distributionType: 'OMA',
      startDate: '2026-11-21',
      endDate: '2026-11-21',
      deviceList: [second],
      status: 'CampaignRequestPending',
    },
  },
  {
    operation: 'scheduleFileV2',
    shows: 'the values of the published form',
    path: `${v2}/files/DEFAULT`,
    headers: session,
    body: {
      ...{ campaignName: 'string', fileName: 'string', fileVersion: 'string', distributionType: 'string' },
      ...{ startDate: '2021-02-08', endDate: '2021-02-08', deviceList: ['string'] },
      downloadTimeWindowList: [{ startTime: 0, endTime: 0 }],
    },
    ...refusal('Unsupported distributionType'),
  },
];

const reading: readonly Exchange[] = [
  {
    operation: 'getCampaignV2',
    path: `${v2}/DEFAULT/$campaign`,
    headers: session,
    status: 200,
    reply: shown,
  },
  {
    operation: 'getCampaignV2',
    shows: 'one of a file, with the software that the model asks for',
    path: `${v2}/DEFAULT/$file`,
    headers: session,
    status: 200,
  },
  {
    operation: 'getCampaignV2',
    shows: 'one that is not there',
    path: `${v2}/DEFAULT/${nowhere}`,
    headers: session,
    ...refusal('Campaign not found'),
  },
  {
    operation: 'getCampaignV2',
    shows: 'one of another version',
    path: `${v2}/DEFAULT/$other`,
    headers: session,
    ...refusal('Campaign not found'),
  },
  {
    operation: 'getCampaignV2',
    shows: 'no id',
    path: `${v2}/DEFAULT/string`,
    headers: session,
    ...refusal('Invalid uuid'),
  },
];

const changing: readonly Exchange[] = [
  {
    operation: 'changeDevicesV2',
    path: `${v2}/DEFAULT/$campaign`,
    headers: { ...session, ...anyType },
    body: { Type: 'remove', deviceList: [second, '990013907833575'] },
    status: 200,
    reply: {
      accountName: 'DEFAULT',
      id: '$campaign',
      campaignId: '$campaign',
      requestId: '$$uuid',
    },
  },
  {
    operation: 'changeDevicesV2',
    shows: 'the wrapped form of the documentation',
    path: `${v2}/DEFAULT/$campaign`,
    headers: { ...session, ...anyType },
    body: { addOrRemoveDevice: [{ type: 'Append', deviceList: [second] }] },
    status: 200,
  },
  {
    operation: 'changeDevicesV2',
    shows: 'one wrapped without a list',
    path: `${v2}/DEFAULT/$campaign`,
    headers: { ...session, ...anyType },
    body: { addOrRemoveDevice: { type: 'append', deviceList: [second] } },
    status: 200,
  },
  {
    operation: 'changeDevicesV2',
    shows: 'a word that is no type',
    path: `${v2}/DEFAULT/$campaign`,
    headers: { ...session, ...anyType },
    body: { Type: 'replace', deviceList: [second] },
    ...refusal('Invalid type: expected append or remove'),
  },
  {
    operation: 'changeDevicesV2',
    shows: 'one that has begun',
    path: `${v2}/DEFAULT/$begun`,
    headers: { ...session, ...anyType },
    body: { Type: 'append', deviceList: [first] },
    ...refusal('Campaign already started'),
  },
  {
    operation: 'changeDatesV2',
    path: `${v2}/DEFAULT/$campaign/dates`,
    headers: { ...session, ...anyType },
    body: { startDate: '2026-11-24', endDate: '2026-11-30' },
    status: 200,
    reply: {
      id: '$campaign',
      accountName: 'DEFAULT',
      campaignName: publishedV2.campaignName,
      ...software,
      ...what,
      distributionType: 'HTTP',
      startDate: '2026-11-24',
      endDate: '2026-11-30',
      status: 'CampaignRequestPending',
    },
  },
  {
    operation: 'changeDatesV2',
    shows: 'fewer windows of one that has begun',
    path: `${v2}/DEFAULT/$begun/dates`,
    headers: { ...session, ...anyType },
    body: { startDate: '2026-11-21', endDate: '2026-11-30' },
    ...refusal('Existing time windows cannot be removed'),
  },
];

const cancelling: readonly Exchange[] = [
  {
    operation: 'cancelCampaignV2',
    path: `${v2}/DEFAULT/$campaign`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'cancelCampaignV2',
    shows: 'a repeat',
    path: `${v2}/DEFAULT/$campaign`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'cancelCampaignV2',
    shows: 'one that has begun',
    path: `${v2}/DEFAULT/$begun`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
  {
    operation: 'changeDatesV2',
    shows: 'one that is over',
    path: `${v2}/DEFAULT/$begun/dates`,
    headers: { ...session, ...anyType },
    body: { startDate: '2026-11-24', endDate: '2026-11-30' },
    ...refusal('Campaign already ended'),
  },
];

export const exchanges: readonly Exchange[] = [...scheduling, ...reading, ...changing, ...cancelling];
