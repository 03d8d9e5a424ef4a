import type { SavedDevice } from '../../app/devices.ts';
import {
  customPropertiesOf,
  deviceTypeOf,
  enrolmentOf,
  parentOf,
  systemPropertiesOf,
  templateOf,
} from '../../app/pulse-profile.ts';
import type { Device } from '../../wire/pulse/devices.ts';

/** What a device does not know of itself: its organisation, and the names of templates by id. */
export type DeviceContext = {
  readonly organisation: string;
  readonly templates: ReadonlyMap<string, string>;
};

/** When something of a device last changed that this wire shows: it made contact, or it came to be. */
export const updatedAtOf = ({
  createdAt,
  lastSeenAt,
}: Pick<SavedDevice, 'createdAt' | 'lastSeenAt'>): number => Math.max(createdAt, lastSeenAt);

/** A device as this wire shows it; all its numbers are texts. */
export const toDevice = (device: SavedDevice, { organisation, templates }: DeviceContext): Device => ({
  id: device.id,
  name: device.name,
  templateName: templates.get(templateOf(device)) ?? '',
  deviceType: deviceTypeOf(device),
  templateId: templateOf(device),
  systemProperties: [...systemPropertiesOf(device)],
  customProperties: [...customPropertiesOf(device)],
  enrollmentState: enrolmentOf(device),
  parentGatewayId: parentOf(device),
  parentId: parentOf(device),
  orgId: organisation,
  createdTime: `${device.createdAt}`,
  lastUpdatedTime: `${updatedAtOf(device)}`,
  updateVersion: `${device.version}`,
});
