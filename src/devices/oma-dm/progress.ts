import type { Attempt } from './record.ts';
import type { Meaning } from './result-map.ts';
import type { Assigned, Work } from './script-types.ts';

/** Whether this is the attempt that the device is at. */
export const isAt = (attempt: Attempt | null, id: string): attempt is Attempt => attempt?.id === id;

/** The package that is next, of those that are assigned. */
export const workIn = (assigned: Assigned, attempt: Attempt | null): Work | undefined => {
  const { parts, ...due } = assigned;
  const index = isAt(attempt, assigned.attempt) ? attempt.index : 0;
  const part = parts[index];
  const count = parts.length;
  return part && { ...due, ...part, index, count, correlator: correlatorOf(assigned.attempt, index, count) };
};

/** What the device echoes: the attempt, and of several packages which one. */
const correlatorOf = (attempt: string, index: number, count: number): string =>
  count === 1 ? attempt : `${attempt}-${index.toString(36)}`;

const ours = /^([0-9a-z]{1,12}-[0-9a-z]{1,6}-[0-9a-z]{1,4})(?:-([0-9a-z]{1,2}))?$/;

/** What a Correlator of ours names; `undefined` for others. */
export const readCorrelator = (
  correlator: string,
): { readonly id: string; readonly index: number | undefined } | undefined => {
  const [, id, index] = ours.exec(correlator) ?? [];
  return id === undefined
    ? undefined
    : { id, index: index === undefined ? undefined : Number.parseInt(index, 36) };
};

/**
 * The attempt after an operation of one package went well: at the next package, or at the first one again for what
 * follows when that was the last.
 */
export const advanced = (attempt: Attempt, session: string): Attempt => {
  const { index, count, operation } = attempt;
  if (index + 1 < count) {
    const isDelivered = operation === 'update';
    const rest = { operation: isDelivered ? ('download' as const) : null, isDone: isDelivered, refusal: '' };
    return { ...attempt, ...rest, index: index + 1, node: '' };
  }
  const succeededIn = operation === 'download' ? attempt.succeededIn : session;
  return { ...attempt, index: 0, isDone: true, succeededIn };
};

/** The attempt after an outcome of it, and whether that is news of its phase rather than of one package. */
export const afterOutcome = (
  attempt: Attempt,
  meaning: Meaning,
  session: string,
): { readonly attempt: Attempt | null; readonly isLast: boolean } => {
  const isLast = attempt.index + 1 >= attempt.count;
  if (meaning.is === 'failed' || meaning.is === 'cancelled') return { attempt: null, isLast: true };
  const { operation } = attempt;
  // Told once more; or by a device that does both in one go, and has done the first.
  const isEarlier = meaning.is === 'downloaded' && operation !== 'download';
  if (meaning.is === 'deferred' || isEarlier) return { attempt, isLast };
  const isLater = meaning.is === 'installed' && operation === 'download';
  return { attempt: advanced(isLater ? { ...attempt, operation: 'update' } : attempt, session), isLast };
};
