import type { Refusal } from '../../domain/refusal.ts';
import { ok, type Result } from '../../domain/result.ts';

/** A result shown in this wire's words; a refusal stays what it is. */
export const mapped = <Value, Shown>(
  result: Result<Value, Refusal>,
  show: (value: Value) => Shown,
): Result<Shown, Refusal> => (result.ok ? ok(show(result.value)) : result);

/** A success that says nothing else. */
export const emptied = (result: Result<unknown, Refusal>): Result<Record<never, never>, Refusal> =>
  mapped(result, () => ({}));
