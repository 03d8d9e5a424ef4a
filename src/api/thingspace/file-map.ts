import { safeFileName } from '../../app/file-name.ts';
import type { Package } from '../../domain/package.ts';
import type { AvailableFile, UploadedFile } from '../../wire/thingspace/files.ts';
import { toDay } from './times.ts';

/** What the name of a file begins with that was uploaded over this wire. */
export const configFilePrefix = 'configfile-';

/** Labels of a package in which this wire keeps what it alone knows. */
export const labels = {
  path: 'thingspace.localTargetPath',
  platform: 'thingspace.devicePlatformId',
} as const;
/** The platform of whatever was not said to be of another. */
const PLATFORM = 'IoT';

type Labelled = Pick<Package, 'labels'>;

const labelOf = (pack: Labelled, name: string): string | undefined =>
  Object.hasOwn(pack.labels, name) ? pack.labels[name] : undefined;

export const platformOf = (pack: Labelled): string => labelOf(pack, labels.platform) ?? PLATFORM;

/** The name by which campaigns quote a file, such as `configfile-Verizon_VZW1_hello-world.txt` (reference 1.4). */
export const configFileName = (make: string, model: string, uploaded: string): string =>
  `${configFilePrefix}${make}_${model}_${safeFileName(uploaded)}`;

/** Files go to devices that fetch them over HTTP; the other protocols carry firmware alone. */
export const toFile = (pack: Omit<Package, 'id'>): AvailableFile => ({
  fileName: pack.name,
  fileVersion: pack.version,
  releaseNote: pack.description,
  make: pack.make,
  model: pack.model,
  localTargetPath: labelOf(pack, labels.path) ?? '',
  distributionType: 'HTTP',
  devicePlatformId: platformOf(pack),
});

export const toUploadedFile = (pack: Omit<Package, 'id'>): UploadedFile => ({
  ...toFile(pack),
  launchDate: toDay(pack.createdAt),
});
