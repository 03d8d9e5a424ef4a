import type { Refusal } from '../domain/refusal.ts';
import type { Destination } from './delivery-records.ts';

/** RFC 9110, 5.6.2. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** What makes a request one, proves who sends it, or signs it, is ours to say. */
const reserved =
  /^(authorization|connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|webhook-.*|x-signature)$/;
const text = /^[ -~]{0,1024}$/;

/** What is wrong with headers that are to be sent along. */
export const headersProblem = (headers: Destination['headers']): Refusal | undefined => {
  const seen = new Set<string>();
  for (const { name, value } of headers) {
    const known = name.toLowerCase();
    const wrong = problemOf(known, value) ?? (seen.has(known) ? `each name once` : undefined);
    if (wrong !== undefined) {
      return { code: 'invalid', field: 'headers', expected: wrong, got: JSON.stringify(name.slice(0, 64)) };
    }
    seen.add(known);
  }
  return undefined;
};

const problemOf = (name: string, value: string): string | undefined => {
  if (!token.test(name)) return 'names of at most 64 characters as HTTP allows them';
  if (reserved.test(name)) return 'names of headers that are not set by Muster itself';
  return text.test(value) ? undefined : 'values of at most 1024 printable ASCII characters';
};
