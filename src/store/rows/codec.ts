import { MisfitError } from '../engine.ts';

/** A word as its place in the domain's list of such words, which is append only. */
export const indexOf = <Word extends string>(words: readonly Word[], word: Word): number => {
  const index = words.indexOf(word);
  if (index === -1) throw new MisfitError(`no such word: ${JSON.stringify(word)}`);
  return index;
};

export const wordAt = <Word extends string>(words: readonly Word[], index: number): Word => {
  const word = words[index];
  if (word === undefined) throw new MisfitError(`a row says ${index} of ${words.length} words`);
  return word;
};

/** JSON that this store wrote: its shape is that of the type it was written from. */
export const parse = <Value>(json: string): Value => {
  try {
    return JSON.parse(json) as Value;
  } catch (error) {
    throw new MisfitError('a row holds broken JSON', { cause: error });
  }
};

/** The store hands out the keys of its rows, so here is where a number becomes one. */
export const asKey = <Key extends number>(key: number): Key => key as Key;

export const flag = (value: boolean): number => (value ? 1 : 0);

/** How texts are compared where case makes no difference. */
export const folded = (text: string): string => text.toLowerCase();
