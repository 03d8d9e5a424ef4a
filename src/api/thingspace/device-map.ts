import type { StoredAccount } from '../../app/account-records.ts';
import { passesLicensing } from '../../app/licences.ts';
import type { StoredDevice } from '../../app/records.ts';
import type { Instant } from '../../domain/time.ts';
import type { Component, DeviceV1, DeviceV2, DeviceV3, LookedUp } from '../../wire/thingspace/devices.ts';
import { configFilePrefix } from './file-map.ts';
import { distributionOf, protocolWord } from './protocols.ts';
import { toDateTime } from './times.ts';

/** The component whose version is that of the firmware. */
const FIRMWARE = 'firmware';
/** The attribute with the telephone number of a device. */
const MDN = 'mdn';

/** The version of a device's firmware as far as it told; empty when it did not. */
export const firmwareOf = ({ versions }: StoredDevice): string =>
  (Object.hasOwn(versions, FIRMWARE) ? versions[FIRMWARE] : undefined) ?? '';

const textIn = ({ attributes }: StoredDevice, name: string): string =>
  Object.hasOwn(attributes, name) ? `${attributes[name] ?? ''}` : '';

const whatIs = (device: StoredDevice) => ({
  deviceId: device.id,
  mdn: textIn(device, MDN),
  make: device.make,
  model: device.model,
});

/** Whether this API can bring it something: it was accepted, and its protocol is one that this API knows. */
const isEligible = ({ protocol, standing }: StoredDevice): boolean =>
  distributionOf(protocol) !== undefined && standing === 'accepted';

/** Nobody keeps when a component was upgraded; clients want the member nonetheless. */
const components = ({ versions }: StoredDevice): readonly Component[] =>
  Object.entries(versions).map(([name, version]) => ({ name, version, upgradeTime: '' }));

const since = <Name extends string>(at: Instant, ...names: readonly Name[]): Partial<Record<Name, string>> =>
  at === 0
    ? {}
    : (Object.fromEntries(names.map((name) => [name, toDateTime(at)])) as Partial<Record<Name, string>>);

const times = ({ createdAt, lastSeenAt }: StoredDevice) => ({
  createTime: toDateTime(createdAt),
  ...since(lastSeenAt, 'updateTime', 'refreshTime'),
});

export const toDeviceV1 = (account: StoredAccount, device: StoredDevice): DeviceV1 => ({
  ...whatIs(device),
  firmware: firmwareOf(device),
  fotaEligible: isEligible(device),
  licenseAssigned: passesLicensing(account, device),
});

export const toDeviceV2 = (account: StoredAccount, device: StoredDevice): DeviceV2 => ({
  ...whatIs(device),
  fotaEligible: isEligible(device),
  // Only what comes over HTTP is more than firmware.
  appFotaEligible: isEligible(device) && distributionOf(device.protocol) === 'HTTP',
  licenseAssigned: passesLicensing(account, device),
  distributionType: protocolWord(device.protocol, 'v2'),
  softwareList: [...components(device)],
  ...times(device),
});

export const toDeviceV3 = (account: StoredAccount, device: StoredDevice): DeviceV3 => {
  const others = components(device).filter(({ name }) => name !== FIRMWARE);
  const isFile = ({ name }: Component): boolean => name.startsWith(configFilePrefix);
  return {
    ...whatIs(device),
    firmware: firmwareOf(device),
    fotaEligible: isEligible(device),
    status: device.standing === 'accepted' ? 'Active' : 'Inactive',
    licenseAssigned: passesLicensing(account, device),
    protocol: protocolWord(device.protocol, 'devices'),
    softwareList: others.filter((one) => !isFile(one)),
    fileList: others.filter(isFile),
    ...times(device),
  };
};

/** A device that was asked for by an id, and may not be there. */
export const toLookedUp = (
  account: StoredAccount,
  deviceId: string,
  device: StoredDevice | undefined,
): LookedUp => {
  if (device === undefined) return { deviceId, requestStatus: 'Failure', resultReason: 'Device Not Found' };
  const { lastSeenAt } = device;
  return {
    ...toDeviceV3(account, device),
    requestStatus: 'Success',
    resultReason: 'Success',
    ...since(lastSeenAt, 'statusTime', 'lastConnectionTime'),
  };
};
