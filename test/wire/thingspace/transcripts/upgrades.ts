import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { anyType, refusal, session } from '../prepare.ts';
import { nobody, prepareSamples, prepareScheduled, third } from '../prepare-campaigns.ts';
import { firmware, first, second } from '../published.ts';

const v1 = '/api/fota/v1/upgrades';
const asked = {
  accountName: 'DEFAULT',
  firmwareName: firmware.firmwareName,
  firmwareTo: firmware.firmwareTo,
  startDate: '2026-11-23',
  endDate: '2026-11-30',
  deviceList: [third],
};
const { deviceList: _, ...shown } = asked;

export const setUp = async (api: Api) => ({
  ...(await prepareSamples(api)),
  upgrade: await prepareScheduled(api, '/v1/upgrades', { ...asked, deviceList: [third, first, nobody] }),
});

const said = (deviceId: string, status: string, reason: string) => ({
  ...{ deviceId, status, resultReason: reason },
  ...{ Reason: reason, reason },
});

export const exchanges: readonly Exchange[] = [
  {
    operation: 'scheduleUpgradeV1',
    path: v1,
    headers: session,
    body: asked,
    status: 200,
    reply: {
      ...{ ...shown, id: '$$uuid', status: 'RequestPending' },
      deviceList: [{ deviceId: third, status: 'RequestPending', resultReason: '' }],
    },
  },
  {
    operation: 'scheduleUpgradeV1',
    shows: 'no start date',
    path: v1,
    headers: session,
    body: { ...asked, startDate: 'tomorrow' },
    ...refusal('FotaPostUpgrades: invalid state date'),
  },
  {
    operation: 'scheduleUpgradeV1',
    shows: 'another account',
    path: v1,
    headers: session,
    body: { ...asked, accountName: '0000123456-00001' },
    ...refusal('Account not found'),
  },
  {
    operation: 'getUpgradeV1',
    path: `${v1}/DEFAULT/upgrade/$upgrade`,
    headers: session,
    status: 200,
    reply: {
      ...{ ...shown, id: '$upgrade', status: 'Queued' },
      deviceList: [
        {
          deviceId: first,
          status: 'Device Rejected',
          resultReason: 'Device is not eligible: the package is for devices of another make',
        },
        { deviceId: third, status: 'Device Accepted', resultReason: 'success' },
        { deviceId: nobody, status: 'Device Rejected', resultReason: 'Device not found' },
      ],
    },
  },
  {
    operation: 'getUpgradeV1',
    shows: 'no id',
    path: `${v1}/DEFAULT/upgrade/string`,
    headers: session,
    ...refusal('Invalid upgradeId'),
  },
  {
    operation: 'changeDevicesV1',
    path: `${v1}/DEFAULT/upgrade/$upgrade`,
    headers: { ...session, ...anyType },
    body: { type: 'append', deviceList: [third, second] },
    status: 200,
    reply: {
      accountName: 'DEFAULT',
      id: '$upgrade',
      deviceList: [
        said(third, 'AddDeviceSucceed', 'Device added Successfully'),
        said(second, 'AddDeviceFailed', 'Device is not eligible: the package is for devices of another make'),
      ],
    },
  },
  {
    operation: 'changeDevicesV1',
    shows: 'a removal',
    path: `${v1}/DEFAULT/upgrade/$upgrade`,
    headers: { ...session, ...anyType },
    body: { type: 'remove', deviceList: [third] },
    status: 200,
    reply: {
      accountName: 'DEFAULT',
      id: '$upgrade',
      deviceList: [said(third, 'RemoveDeviceSucceed', 'Device removed Successfully')],
    },
  },
  {
    operation: 'cancelUpgradeV1',
    path: `${v1}/DEFAULT/upgrade/$upgrade`,
    headers: session,
    status: 200,
    reply: { success: true },
  },
];
