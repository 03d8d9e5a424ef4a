import { ok } from '../../../domain/result.ts';
import { utf8 } from './bytes.ts';
import { codecLimits, type Decoded, malformed, tooLarge } from './codec-error.ts';

/** Parsed JSON of a bounded payload. */
export const decodeJson = (payload: Uint8Array): Decoded<unknown> => {
  if (payload.length > codecLimits.payload) return tooLarge('bytes', codecLimits.payload);
  const text = utf8(payload);
  if (text === undefined) return malformed('the JSON is not UTF-8');
  try {
    return ok(JSON.parse(text));
  } catch {
    return malformed('this is no JSON');
  }
};

/** Whether it is an object of JSON; what its fields are is for the caller to look at. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field of its own, never one of the prototype. */
export const fieldOf = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;
