import { createHash } from 'node:crypto';

import { IMAGE_KIND as MAGIC } from '../../image.ts';

export type ImageOptions = {
  readonly version: string;
  /** Bytes of the body; 5,000 unless given. */
  readonly size?: number;
  /** `checksum`: it does not fit the body. `kind`: the device does not know such images. */
  readonly damage?: 'checksum' | 'kind';
};

/** An image that simulated devices check by themselves: a line each of kind, version and SHA-256, then the body. */
export const simulatedImage = ({ version, size = 5000, damage }: ImageOptions): Buffer => {
  const body = Buffer.alloc(size, `${version} `);
  const checksum = createHash('sha256').update(body).digest('hex');
  const kind = damage === 'kind' ? 'OTHER' : MAGIC;
  body[0] = (body[0] ?? 0) ^ (damage === 'checksum' ? 1 : 0);
  return Buffer.concat([Buffer.from(`${kind}\n${version}\n${checksum}\n`), body]);
};

/** What a device finds in an image: its version, or the result of object 5 that says what is wrong. */
export type Inspection = { readonly version: string } | { readonly result: 2 | 3 | 5 | 6 };

export const inspectImage = (image: Buffer): Inspection => {
  const [kind, version, checksum] = image.subarray(0, 256).toString('latin1').split('\n');
  if (kind !== MAGIC || version === undefined || checksum === undefined) return { result: 6 };
  const body = image.subarray(kind.length + version.length + checksum.length + 3);
  return createHash('sha256').update(body).digest('hex') === checksum ? { version } : { result: 5 };
};
