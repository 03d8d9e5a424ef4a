import type { Redirects } from '../app/blobs.ts';
import type { SettingReader } from './config.ts';
import { s3Settings } from './s3-settings.ts';

/** Where the bytes of packages are; without `s3`, in the data directory. `linkTtl` is in milliseconds. */
export type PackagesConfig = {
  readonly s3?: S3Config;
  readonly redirects: Redirects;
  readonly linkTtl: number;
};

export type S3Config = {
  readonly bucket: string;
  /** Empty, or with a slash at the end. */
  readonly prefix: string;
  readonly endpoint?: string;
  readonly region: string;
  readonly pathStyle: boolean;
  /** Both or neither. */
  readonly accessKey?: string;
  readonly secretKey?: string;
};

type Reader = Pick<SettingReader, 'value' | 'maybe'>;

const s3Config = ({ value, maybe }: Reader): S3Config | undefined => {
  const [bucket, endpoint] = [maybe(s3Settings.s3Bucket), maybe(s3Settings.s3Endpoint)];
  const [accessKey, secretKey] = [maybe(s3Settings.s3AccessKey), maybe(s3Settings.s3SecretKey)];
  const pathStyle = maybe(s3Settings.s3PathStyle) ?? (endpoint === undefined ? 'no' : 'yes');
  const [prefix, region] = [maybe(s3Settings.s3Prefix) ?? '', value(s3Settings.s3Region)];
  if (bucket === undefined) return undefined;
  return {
    ...{ bucket, prefix, region, pathStyle: pathStyle === 'yes' },
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKey !== undefined && { accessKey }),
    ...(secretKey !== undefined && { secretKey }),
  };
};

/** Reads all that is said about the object store. */
export const packagesConfig = (reader: Reader): PackagesConfig => {
  const { value, maybe } = reader;
  const s3 = s3Config(reader);
  return {
    ...(s3 !== undefined && { s3 }),
    redirects: maybe(s3Settings.s3Redirect) ?? [],
    linkTtl: value(s3Settings.s3LinkTtl),
  };
};

/** What is wrong between settings that are each right; silent about settings already reported. */
export const s3Conflicts = (
  { s3, redirects }: PackagesConfig,
  reported: readonly string[],
): readonly string[] => {
  if (reported.some((line) => line.startsWith('MUSTER_S3_'))) return [];
  const { s3Bucket, s3Redirect, s3AccessKey, s3SecretKey } = s3Settings;
  const halfKey = (s3?.accessKey === undefined) !== (s3?.secretKey === undefined);
  return [
    ...(halfKey ? [`${s3AccessKey.name}: expected together with ${s3SecretKey.name}`] : []),
    ...(s3 === undefined && redirects.length > 0
      ? [`${s3Redirect.name}: expected together with ${s3Bucket.name}, got ${redirects.join(',')}`]
      : []),
  ];
};
