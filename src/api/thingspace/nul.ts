import { BadRequest } from './errors.ts';

const isNul = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => isNul(name) || isNul(inner));
};

/** Throws `BadRequest` for text with a NUL character in any part of a request: PostgreSQL can neither keep nor find it. */
export const refuseNul = (where: string, value: unknown): void => {
  if (isNul(value)) throw new BadRequest(`${where}: expected text without NUL characters.`);
};
