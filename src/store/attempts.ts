import type { DeliveryAttempt } from '../app/delivery-records.ts';

const MOST_KEPT = 20;

/** No database keeps a NUL or half of a character in its texts, and whoever answers may send either. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/** The latest attempts, oldest first, with one more. */
export const attemptsAfter = (
  before: readonly DeliveryAttempt[],
  { at, sent, took, status, problem, answer }: DeliveryAttempt,
): readonly DeliveryAttempt[] =>
  [...before, { at, sent, took, status, problem: storable(problem), answer: storable(answer) }].slice(
    -MOST_KEPT,
  );
