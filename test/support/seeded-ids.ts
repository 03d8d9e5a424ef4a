import { createHash } from 'node:crypto';
import type { Ids } from '../../src/app/ports.ts';

/** Ids and secrets that are the same in each run of a seed. */
export const seededIds = (seed: number): Ids => {
  let count = 0;
  const bytes = (): Buffer => {
    count += 1;
    return createHash('sha512').update(`${seed} ${count}`).digest();
  };
  return {
    uuid: () => {
      const hex = bytes().toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    secret: (length) => bytes().subarray(0, length).toString('base64url'),
  };
};
