import type { LicenceOutcome, LicenceResult } from '../../app/licences.ts';
import type { ApiVersion, DeviceResult } from '../../wire/thingspace/common.ts';

/** In whose words a result is told, and what was asked for. */
export type Wording = { readonly version: ApiVersion; readonly verb: 'Assign' | 'Remove' };

/** What is said of each result (reference 3.6; what was not published is ours). */
const reasons: Readonly<Record<LicenceResult, { readonly isDone: boolean; readonly reason: string }>> = {
  assigned: { isDone: true, reason: 'Success' },
  'had-one': { isDone: true, reason: 'Device license preexisting' },
  'none-left': { isDone: false, reason: 'Insufficient licenses' },
  removed: { isDone: true, reason: 'Success' },
  'had-none': { isDone: false, reason: 'No license attached to device' },
  used: { isDone: false, reason: 'The device was upgraded with this license' },
  'in-progress': { isDone: false, reason: 'An upgrade of the device is in progress' },
  'unknown-device': { isDone: false, reason: 'Device does not exist.' },
};

/** What came of a device's licence. */
export const toLicenseResult = (
  { deviceId, result }: LicenceOutcome,
  { version, verb }: Wording,
): DeviceResult => {
  const { isDone, reason } = reasons[result];
  const status = isDone ? 'Success' : 'Failure';
  const statusV1 = `License${verb}${isDone ? 'Success' : 'Failed'}`;
  const shown = version === 'v1' ? statusV1 : status;
  return { deviceId, status: shown, resultReason: reason, Reason: reason, reason };
};
