import { join } from 'node:path';
import type { Blobs } from '../app/blobs.ts';
import { type DiskBlobs, openDiskBlobs } from '../blobs/disk.ts';
import type { S3Blobs } from '../blobs/s3.ts';
import type { Config } from './config.ts';
import type { S3Config } from './s3-config.ts';

type Place = Pick<Config, 'dataDirectory' | 'packages'>;

/** Where the bytes of packages are, to be closed at the end. */
export type PackageStore = Blobs & { close(): Promise<void> };

/** The packages in the data directory; whoever does not own it (`own` false) only looks. */
export const openDisk = ({ dataDirectory }: Place, own = true): Promise<DiskBlobs> =>
  openDiskBlobs(join(dataDirectory, 'packages'), own);

/**
 * Nothing of it is loaded where no bucket is set. Throws `BucketUnusable`; a service that is not reached may come yet, unless
 * it is required now.
 */
export const openBucketOf = async (
  s3: S3Config,
  { dataDirectory, packages }: Place,
  options = { required: false },
): Promise<S3Blobs> => {
  const { accessKey, secretKey, ...place } = s3;
  const credentials =
    accessKey === undefined || secretKey === undefined
      ? undefined
      : { accessKeyId: accessKey, secretAccessKey: secretKey };
  const { openS3Blobs } = await import('../blobs/s3.ts');
  const spoolDirectory = join(dataDirectory, 'spool');
  const blobs = openS3Blobs({ ...place, credentials, spoolDirectory, linkTtl: packages.linkTtl });
  try {
    await blobs.check(options);
    return blobs;
  } catch (error) {
    await blobs.close();
    throw error;
  }
};

/** The place that the settings name. */
export const openPackages = (config: Place, own = true): Promise<PackageStore> =>
  config.packages.s3 === undefined ? openDisk(config, own) : openBucketOf(config.packages.s3, config);
