import { type Instant, SECOND } from '../domain/time.ts';
import type { DeviceAccess } from './account-records.ts';

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
 * Seconds until a device is to ask again: when the clock alone can change the answer, else (`null`) the usual time.
 * A tenth at most is added, always the same for one device, so that a fleet does not come at once; it never comes
 * before that instant on account of it.
 */
export const secondsToSleep = (
  { usual, least, most }: DeviceAccess['poll'],
  until: Instant | null,
  deviceId: string,
  now: Instant,
): number => {
  const wanted = until === null ? usual : Math.ceil((until - now) / SECOND);
  const seconds = clamp(wanted, least, most);
  const jitter = Math.floor((seconds * JITTER * spread(deviceId)) / SPAN);
  return Math.min(seconds + jitter, most);
};
