import { redirects } from '../app/blobs.ts';
import { defaulted, optional } from './setting.ts';
import { bucketName, duration, keyPrefix, oneOf, secret, someOf, webUrl } from './setting-parsers.ts';

/** Where packages are kept if not on the disk. */
export const s3Settings = {
  s3Bucket: optional(
    [
      'MUSTER_S3_BUCKET',
      'none: packages are in the data directory',
      'Bucket of an S3-compatible object store for the bytes of packages.',
    ],
    bucketName,
  ),
  s3Prefix: optional(
    ['MUSTER_S3_PREFIX', 'none', 'What the keys of objects begin with, such as muster/.'],
    keyPrefix,
  ),
  s3Endpoint: optional(
    ['MUSTER_S3_ENDPOINT', 'that of AWS for the region', 'URL of an object store other than that of AWS.'],
    webUrl,
  ),
  s3Region: defaulted(['MUSTER_S3_REGION', 'us-east-1', 'Region of the bucket.'], bucketName),
  s3AccessKey: optional(
    [
      'MUSTER_S3_ACCESS_KEY',
      'found as other programs for AWS find theirs',
      'Id of the access key; only together with its secret.',
    ],
    secret(3),
  ),
  s3SecretKey: optional(
    ['MUSTER_S3_SECRET_KEY', 'found in the same way', 'Secret of the access key.'],
    secret(3),
    { secret: true },
  ),
  s3PathStyle: optional(
    [
      'MUSTER_S3_PATH_STYLE',
      'yes where an endpoint is set, else no',
      'Whether the name of the bucket is in the path of URLs, not in the host: no or yes.',
    ],
    oneOf(['no', 'yes']),
  ),
  s3Redirect: optional(
    [
      'MUSTER_S3_REDIRECT',
      'none: Muster hands out the bytes',
      'Whose downloads are led to the object store, separated by commas: muster, pulse, gateway, ddi, lwm2m, oma-dm.',
    ],
    someOf(redirects),
  ),
  s3LinkTtl: defaulted(
    ['MUSTER_S3_LINK_TTL', '15m', 'How long such a link can be followed.'],
    duration('1s', '168h'),
  ),
} as const;
