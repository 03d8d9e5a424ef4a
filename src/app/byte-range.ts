import type { Instant } from '../domain/time.ts';
import type { Range } from './blobs.ts';

/** Stored bytes as HTTP sees them: `etag` is strong and in quotes, `modifiedAt` is what Last-Modified says. */
export type Representation = {
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: Instant;
};

/** The header fields of a GET that decide how much of a representation is sent. */
export type DownloadHeaders = {
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
};

/** What to answer: 200, 206, 416 or 304. */
export type Selection =
  | { readonly send: 'whole' }
  | { readonly send: 'part'; readonly range: Range }
  | { readonly send: 'unsatisfiable' }
  | { readonly send: 'not-modified' };

const WHOLE = { send: 'whole' } as const;
const UNSATISFIABLE = { send: 'unsatisfiable' } as const;

const SINGLE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Reads a Range header of one range of bytes (RFC 9110, 14.1.2 and 14.2). Several ranges, other units and
 * what is malformed are ignored, as the RFC allows.
 */
export const parseRange = (header: string, size: number): Exclude<Selection, { send: 'not-modified' }> => {
  const [, first = '', last = ''] = SINGLE.exec(header) ?? [];
  if (first === '' && last === '') return WHOLE;
  if (first === '') return suffix(Number(last), size);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= size) return UNSATISFIABLE;
  return part(start, last === '' ? size : Math.min(Number(last) + 1, size));
};

const suffix = (length: number, size: number): Exclude<Selection, { send: 'not-modified' }> => {
  if (length === 0) return UNSATISFIABLE;
  // Content-Range has no form for a part of nothing.
  return size === 0 ? WHOLE : part(Math.max(0, size - length), size);
};

const part = (start: number, end: number) => ({ send: 'part', range: { start, end } }) as const;

const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Epoch milliseconds of an HTTP date in the preferred form (RFC 9110, 5.6.7); undefined for other texts. */
const parseDate = (text: string): Instant | undefined => {
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};

const wholeSeconds = (at: Instant): Instant => Math.floor(at / 1000) * 1000;

/** Weak comparison with each tag of a list (RFC 9110, 13.1.2). */
const matchesAny = (header: string, etag: string): boolean => {
  if (header.trim() === '*') return true;
  const tags: readonly string[] = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag.replace(/^W\//, '') === etag);
};

const isUnchanged = (now: Representation, { ifNoneMatch, ifModifiedSince }: DownloadHeaders): boolean => {
  if (ifNoneMatch !== undefined) return matchesAny(ifNoneMatch, now.etag);
  const since = ifModifiedSince === undefined ? undefined : parseDate(ifModifiedSince);
  return since !== undefined && wholeSeconds(now.modifiedAt) <= since;
};

/** Strong comparison of a tag, exact comparison of a date (RFC 9110, 13.1.5). */
const isStill = (now: Representation, ifRange: string | undefined): boolean =>
  ifRange === undefined || ifRange === now.etag || parseDate(ifRange) === wholeSeconds(now.modifiedAt);

/** Which bytes a GET gets, in the order of precedence of RFC 9110, 13.2.2. Leave `range` out for a HEAD. */
export const selectBytes = (now: Representation, headers: DownloadHeaders): Selection => {
  if (isUnchanged(now, headers)) return { send: 'not-modified' };
  if (headers.range === undefined || !isStill(now, headers.ifRange)) return WHOLE;
  return parseRange(headers.range, now.size);
};

/** The value of Content-Range for a part of so many bytes, or for none of them. */
export const contentRange = (range: Range | undefined, size: number): string =>
  range === undefined ? `bytes */${size}` : `bytes ${range.start}-${range.end - 1}/${size}`;
