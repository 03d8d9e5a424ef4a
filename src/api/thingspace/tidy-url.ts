import { basePath, families } from '../../wire/thingspace/common.ts';

const ours = new RegExp(`^/+(?:api/+)?(${families.join('|')})(/[^?]*|)(\\?.*)?$`);
/** Clients that put a base before the address they know send all of that as the path (reference 8). */
const foreignOrigin = /^\/+https?:\/+[^/?]+/;

/**
 * The URL by which a request of this wire is routed: duplicate slashes and one at the end are dropped, `/fota` stands
 * for `/api/fota` (reference 1 and 1.3). Those of other wires stay as they are.
 */
export const tidyUrl = (url: string): string => {
  const match = ours.exec(url.replace(foreignOrigin, ''));
  if (match === null) return url;
  const [, family = '', rest = '', query = ''] = match;
  return `${basePath}/${family}${rest.replace(/\/{2,}/g, '/').replace(/\/$/, '')}${query}`;
};
