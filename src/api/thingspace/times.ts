import type { Instant } from '../../domain/time.ts';

/** RFC 3339 in UTC with milliseconds, which every client reads as a time (reference 1.4). */
export const toDateTime = (at: Instant): string => new Date(at).toISOString();

/** The day in UTC as YYYY-MM-DD, where clients read nothing else (reference 1.4). */
export const toDay = (at: Instant): string => toDateTime(at).slice(0, 10);
