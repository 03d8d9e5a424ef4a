import type { DevicePatch } from '../../domain/device.ts';
import type { DevicePatch as PatchBody } from '../../wire/muster/devices.ts';

/** `null` clears on this wire: back to what a device has that nobody said anything about. */
export const toDevicePatch = ({ name, make, model, timeZone, tags, ...rest }: PatchBody): DevicePatch => ({
  ...rest,
  name: name === null ? '' : name,
  make: make === null ? '' : make,
  model: model === null ? '' : model,
  timeZone: timeZone === null ? 'UTC' : timeZone,
  tags: tags === null ? [] : tags,
});
