/** A point in time as epoch milliseconds, UTC. Always passed in; no domain code reads a clock. */
export type Instant = number;

/** A half-open span `[begin, end)`; `end: null` never ends. */
export type Slot = { readonly begin: Instant; readonly end: Instant | null };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const hasBegun = (slot: Slot, now: Instant): boolean => slot.begin <= now;
export const isOver = (slot: Slot, now: Instant): boolean => slot.end !== null && slot.end <= now;
