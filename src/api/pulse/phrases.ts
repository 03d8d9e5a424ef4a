import { sentenceOf } from '../../app/sentence.ts';
import type { Refusal } from '../../domain/refusal.ts';
import { type Result, refused } from '../../domain/result.ts';
import { BadRequest, refusals } from './errors.ts';

/** What clients compare word for word, by the field that is at fault. */
export type Phrases = Readonly<Record<string, string>>;

const invalid = (phrase: string, detail: string): BadRequest =>
  new BadRequest(`${phrase}: ${detail}`, 'INVALID_ARGUMENT', 400, phrase);

/** The given text, or `BadRequest` in this wire's words when there is none. */
export const named = (given: string | undefined, phrase: string): string => {
  if (given === undefined || given.trim() === '') throw invalid(phrase, 'expected some text; got none.');
  return given;
};

/** A list that may be absent, but not empty. */
export const some = <Item>(
  given: readonly Item[] | undefined,
  phrase: string,
): readonly Item[] | undefined => {
  if (given?.length === 0) throw invalid(phrase, 'expected at least one; got none.');
  return given;
};

/** A result whose refusals name fields as this wire has them. */
export const inFields = <Value>(
  result: Result<Value, Refusal>,
  names: Readonly<Record<string, string>>,
): Result<Value, Refusal> =>
  result.ok || result.refusal.code !== 'invalid'
    ? result
    : refused({ ...result.refusal, field: names[result.refusal.field] ?? result.refusal.field });

/**
 * A result whose refusals are in this wire's words: a field at fault by its phrase, and what is kept as a document by
 * what it is to the caller. Throws those as `BadRequest`.
 */
export const inWords = <Value>(
  result: Result<Value, Refusal>,
  { noun, phrases = {} }: { readonly noun: string; readonly phrases?: Phrases },
): Result<Value, Refusal> => {
  if (result.ok) return result;
  const { refusal } = result;
  if (refusal.code === 'invalid') {
    const phrase = phrases[refusal.field];
    if (phrase !== undefined) throw invalid(phrase, `expected ${refusal.expected}; got ${refusal.got}.`);
  }
  if ('entity' in refusal && refusal.entity === 'document') {
    const { status, http } = refusals[refusal.code];
    throw new BadRequest(sentenceOf(refusal).replace('document', noun), status, http);
  }
  return result;
};
