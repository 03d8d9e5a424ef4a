import type { Assignment } from '../../app/check-in.ts';
import type { DeviceAccess, StoredUpdate } from '../../app/records.ts';
import { wasDelivered } from '../../domain/position.ts';
import { type Instant, SECOND } from '../../domain/time.ts';
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

/** No stock client reads the ISO form of a day and more. */
const LONGEST = 86_399;
const JITTER = 0.1;
const SPAN = 2 ** 32;

/** FNV-1a with the finish of MurmurHash3, without which ids that differ at their end stay close together. */
export const spread = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/**
 * Seconds until the device is to ask again: when the clock alone can change the answer, else the usual time.
 * A tenth at most is added, always the same for one device, so that a fleet does not come at once; it never
 * comes before the gate opens on account of that.
 */
export const secondsToSleep = (
  { usual, least, most }: DeviceAccess['poll'],
  assignment: Pick<Assignment, 'until'> | undefined,
  deviceId: string,
  now: Instant,
): number => {
  const until = assignment?.until ?? null;
  const wanted = until === null ? usual : Math.ceil((until - now) / SECOND);
  const seconds = clamp(wanted, least, most);
  const jitter = Math.floor((seconds * JITTER * spread(deviceId)) / SPAN);
  return Math.min(seconds + jitter, most, LONGEST);
};

const two = (number: number): string => String(number).padStart(2, '0');

/** Always eight characters: `HH:MM:SS`. */
export const sleepText = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
