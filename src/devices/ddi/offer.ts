import type { StoredUpdate } from '../../app/records.ts';
import type { Situation } from '../../app/surroundings.ts';
import { takesAllAtOnce } from '../../domain/device.ts';
import { rank, wasDelivered } from '../../domain/position.ts';
import { awaitsRetry } from '../../domain/update.ts';

/**
 * How an action stands towards its device: `offered` to install, `waiting` for consent, `cancelling`, `held`
 * back until the gate opens, or `closed`.
 */
export type Standing = 'offered' | 'waiting' | 'cancelling' | 'held' | 'closed';

export const standingOf = (update: StoredUpdate): Standing => {
  if (update.status === 'closed') return 'closed';
  if (update.recall !== null) return 'cancelling';
  if (update.position === 'download-awaiting-approval') return 'waiting';
  // Offered it would begin at once; the next attempt has a time of its own.
  return wasDelivered(update.position) && !awaitsRetry(update) ? 'offered' : 'held';
};

/**
 * What a client that waits between download and install is told of the latter; `undefined` for all others, which
 * install what they have fetched, and of which one takes `skip` for done (2.2).
 */
export const windowOf = ({
  campaign,
  device,
  update,
}: Situation): 'available' | 'unavailable' | undefined => {
  if (takesAllAtOnce(device, campaign.plan, update.slots)) return undefined;
  return rank(update.position) < rank('execution-running') ? 'unavailable' : 'available';
};

/** No stock client reads the ISO form of a day and more. */
const LONGEST = 86_399;

const two = (number: number): string => String(number).padStart(2, '0');

/** Always eight characters: `HH:MM:SS`. */
export const sleepText = (asked: number): string => {
  const seconds = Math.min(asked, LONGEST);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
};
