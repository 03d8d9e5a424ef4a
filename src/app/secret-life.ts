import type { Refusal } from '../domain/refusal.ts';
import { refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';

/** How many secrets of one device, or of one account's gateways, may be valid at the same time. */
export const MOST_VALID = 8;

/** A secret that would be over before it is shown. */
export const pastExpiry = (now: Instant) =>
  refused<Refusal>({
    code: 'invalid',
    field: 'expiresAt',
    expected: `an instant after now (${new Date(now).toISOString()})`,
    got: 'an earlier one',
  });

/** One more secret than may be valid at once; `overlap` is what lets the older ones end. */
export const tooManyValid = (field: string, overlap: string, valid: number) =>
  refused<Refusal>({
    code: 'invalid',
    field,
    expected: `at most ${MOST_VALID} that are valid at the same time; revoke one or set ${overlap} to 0`,
    got: `${valid + 1}`,
  });

/** When the first of these ends; `null` when none ever does. */
export const firstEnd = (secrets: readonly { readonly expiresAt: Instant | null }[]): Instant | null => {
  const ends = secrets.map(({ expiresAt }) => expiresAt).filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
};
