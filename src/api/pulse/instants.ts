import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
import { type Instant, SECOND, type Slot } from '../../domain/time.ts';

/** Whole numbers from here on are milliseconds: as seconds they would lie beyond the year 5000. */
const LEAST_MILLISECONDS = 1e11;
/** The last instant that a date can have. */
const LAST = 8.64e15;

const expected = 'epoch seconds, whole or with a fraction, or epoch milliseconds from 100000000000 on';

/**
 * An instant as callers write it: epoch seconds, with a fraction if need be, or epoch milliseconds. Nothing and 0 are
 * no instant. (Reference 7, row 25: the guide speaks of seconds and of milliseconds at once.)
 */
export const fromInstant = (field: string, text = ''): Result<Instant | undefined, Refusal> => {
  const given = text.trim();
  if (given === '') return ok(undefined);
  const isWhole = /^\d{1,19}$/.test(given);
  const value = isWhole || /^\d{1,16}\.\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  const instant = isWhole && value >= LEAST_MILLISECONDS ? value : Math.round(value * SECOND);
  if (Number.isNaN(value) || instant > LAST) {
    return refused({ code: 'invalid', field, expected, got: JSON.stringify(text) });
  }
  return ok(value === 0 ? undefined : instant);
};

/** A slot: from now on where it has no begin, open where it has no end. */
export const fromSlot = (
  given: { readonly begin?: string; readonly end?: string },
  now: Instant,
): Result<Slot, Refusal> => {
  const begin = fromInstant('begin', given.begin);
  if (!begin.ok) return begin;
  const end = fromInstant('end', given.end);
  return end.ok ? ok({ begin: begin.value ?? now, end: end.value ?? null }) : end;
};
