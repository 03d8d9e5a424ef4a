/** The bucket is missing, elsewhere, or not for us; a sentence for a person. */
export class BucketUnusable extends Error {}

/** What an error of the service says of itself. */
const told = (error: unknown): { readonly name: string; readonly status: number } => {
  if (!(error instanceof Error)) return { name: '', status: 0 };
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name: error.name, status: $metadata?.httpStatusCode ?? 0 };
};

type Bucketed = { readonly bucket: string; readonly endpoint?: string | undefined };

/** Why a bucket cannot be used; a reply to HEAD has no words, only a number. */
export const whyNot = ({ bucket, endpoint = 'AWS' }: Bucketed, error: unknown): string => {
  const { name, status } = told(error);
  const why =
    status === 0 ? (error instanceof Error ? error.message || name : String(error)) : `${status} ${name}`;
  return `the bucket ${bucket} at ${endpoint} cannot be used: ${why}`;
};

/** There is no such object, or upload; a bucket that is missing is another thing. */
export const isMissing = (error: unknown): boolean => {
  const { name, status } = told(error);
  return status === 404 && name !== 'NoSuchBucket';
};

/** Whether asking again is in vain: the service has understood, and does not do it. */
export const isRefused = (error: unknown): boolean => {
  const { status } = told(error);
  return status >= 400 && status < 500 && status !== 429 && status !== 408;
};

/** An object of this name came to be meanwhile, or is about to. */
export const isTaken = (error: unknown): boolean => [409, 412].includes(told(error).status);

/** The service knows no conditional writes. */
export const isUnconditional = (error: unknown): boolean => told(error).status === 501;

const FULL = ['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'ServiceQuotaExceeded'];

/** There is no room for more. */
export const isBucketFull = (error: unknown): boolean => {
  const { name, status } = told(error);
  return status === 507 || FULL.includes(name);
};

/** The bucket is missing, elsewhere, or not for us: nothing that passes by itself. */
export const isMisconfigured = (error: unknown): boolean =>
  [301, 307, 400, 401, 403, 404].includes(told(error).status);
