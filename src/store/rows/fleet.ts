import type { SavedQuery, StoredDevice, StoredPackage, StoredQuery } from '../../app/records.ts';
import { type Device, protocols, standings } from '../../domain/device.ts';
import { type Package, packageKinds } from '../../domain/package.ts';
import type { DeviceRow, PackageRow, QueryRow } from '../tables.ts';
import { asKey, flag, folded, indexOf, parse, wordAt } from './codec.ts';

/** With JSON as values, as the rows of a list are handed to the engine. */
export type DeviceCells = Omit<
  DeviceRow,
  'account' | 'key' | 'version' | 'tags' | 'versions' | 'attributes' | 'auto_confirm'
> &
  Pick<Device, 'tags' | 'versions' | 'attributes'> & { readonly auto_confirm: Device['autoConfirm'] };

export const toDeviceCells = (device: Device): DeviceCells => ({
  id: device.id,
  name: device.name,
  folded: folded(device.name),
  make: device.make,
  model: device.model,
  protocol: indexOf(protocols, device.protocol),
  time_zone: device.timeZone,
  tags: device.tags,
  versions: device.versions,
  attributes: device.attributes,
  standing: indexOf(standings, device.standing),
  auto_confirm: device.autoConfirm,
  attributes_due: flag(device.attributesDue),
  last_seen_at: device.lastSeenAt,
  created_at: device.createdAt,
});

export const toDeviceRow = (device: Device): Omit<DeviceRow, 'account' | 'key' | 'version'> => ({
  ...toDeviceCells(device),
  tags: JSON.stringify(device.tags),
  versions: JSON.stringify(device.versions),
  attributes: JSON.stringify(device.attributes),
  auto_confirm: device.autoConfirm === null ? null : JSON.stringify(device.autoConfirm),
});

export const fromDeviceRow = (row: DeviceRow): StoredDevice => ({
  key: asKey(row.key),
  version: row.version,
  id: row.id,
  name: row.name,
  make: row.make,
  model: row.model,
  protocol: wordAt(protocols, row.protocol),
  timeZone: row.time_zone,
  tags: parse<Device['tags']>(row.tags),
  versions: inOrder(parse<Device['versions']>(row.versions)),
  attributes: inOrder(parse<Device['attributes']>(row.attributes)),
  standing: wordAt(standings, row.standing),
  autoConfirm: row.auto_confirm === null ? null : parse<Device['autoConfirm']>(row.auto_confirm),
  attributesDue: row.attributes_due === 1,
  lastSeenAt: row.last_seen_at,
  createdAt: row.created_at,
});

/** The domain tells whether a device changed by its text, and keeps names sorted; `jsonb` sorts otherwise. */
const inOrder = <Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> => {
  const names = Object.keys(record);
  if (names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)) return record;
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
};

export const toPackageRow = (pack: Package): Omit<PackageRow, 'account' | 'key' | 'revision'> => ({
  id: pack.id,
  name: pack.name,
  folded: folded(pack.name),
  version: pack.version,
  kind: indexOf(packageKinds, pack.kind),
  make: pack.make,
  model: pack.model,
  from_version: pack.fromVersion,
  description: pack.description,
  labels: JSON.stringify(pack.labels),
  file_name: pack.fileName,
  content_type: pack.contentType,
  sha256: pack.digests.sha256,
  sha1: pack.digests.sha1,
  md5: pack.digests.md5,
  size: pack.digests.size,
  archive: JSON.stringify(pack.archive),
  created_by: pack.createdBy,
  created_at: pack.createdAt,
});

export const fromPackageRow = (row: PackageRow): StoredPackage => ({
  key: asKey(row.key),
  revision: row.revision,
  id: row.id,
  name: row.name,
  version: row.version,
  kind: wordAt(packageKinds, row.kind),
  make: row.make,
  model: row.model,
  fromVersion: row.from_version,
  description: row.description,
  labels: parse<Package['labels']>(row.labels),
  fileName: row.file_name,
  contentType: row.content_type,
  digests: { sha256: row.sha256, sha1: row.sha1, md5: row.md5, size: row.size },
  archive: parse<Package['archive']>(row.archive),
  createdBy: row.created_by,
  createdAt: row.created_at,
});

export const toQueryRow = (query: SavedQuery): Omit<QueryRow, 'account' | 'key' | 'version'> => ({
  id: query.id,
  name: query.name,
  folded: folded(query.name),
  description: query.description,
  expression: query.expression,
  created_by: query.createdBy,
  created_at: query.createdAt,
});

export const fromQueryRow = (row: QueryRow): StoredQuery => ({
  version: row.version,
  id: row.id,
  name: row.name,
  description: row.description,
  expression: row.expression,
  createdBy: row.created_by,
  createdAt: row.created_at,
});
