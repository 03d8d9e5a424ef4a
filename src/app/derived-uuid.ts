import type { Hashing } from './ports.ts';

/**
 * A UUID (version 8, RFC 9562 section 5.8) that always follows from the same parts: what is named by it has the same
 * name after any crash.
 */
export const derivedUuid = (
  { sha256 }: Pick<Hashing, 'sha256'>,
  ...parts: readonly (string | number)[]
): string => {
  const hex = sha256(JSON.stringify(parts));
  const variant = (8 + (Number.parseInt(hex.slice(16, 17), 16) % 4)).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return [...groups, hex.slice(20, 32)].join('-');
};
