import { hasNul } from '../../http/nul.ts';
import { BadRequest } from './errors.ts';

/** Throws `BadRequest` for text with a NUL character in any part of a request. */
export const refuseNul = (where: string, value: unknown): void => {
  if (hasNul(value)) throw new BadRequest(`${where}: expected text without NUL characters.`);
};
