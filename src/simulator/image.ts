import { createHash } from 'node:crypto';

/** The kind that stands in the first line of an image that simulated devices know. */
export const IMAGE_KIND = 'SIMFW';

/** How much of an image has to be there to know its version. */
export const HEAD_SIZE = 4_096;

const header = new RegExp(`^${IMAGE_KIND}\\n([^\\n]{1,256})\\n`);
const mention = /version[=: ]\s*([\w.+-]+)/i;

/**
 * The version that an image says it is: the second line of one that was made for simulated devices, else whatever
 * follows the word `version` near its beginning; `undefined` where it says none.
 */
export const versionIn = (bytes: Uint8Array): string | undefined => {
  const text = Buffer.from(bytes.subarray(0, HEAD_SIZE)).toString('latin1');
  return (header.exec(text) ?? mention.exec(text))?.[1];
};

/** An image of about so many bytes that simulated devices install: kind, version and SHA-256 in lines, then a body. */
export const fleetImage = (version: string, size: number): Buffer => {
  const body = Buffer.alloc(size, `${version} `);
  const checksum = createHash('sha256').update(body).digest('hex');
  return Buffer.concat([Buffer.from(`${IMAGE_KIND}\n${version}\n${checksum}\n`), body]);
};
