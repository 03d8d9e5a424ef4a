import { InvalidArgumentError } from 'commander';

/** One of a closed list of words. */
export const choice =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((one) => one === text);
    if (word === undefined) throw new InvalidArgumentError(`expected one of ${words.join(', ')}`);
    return word;
  };

/** Some of a closed list of words, by repeats of the option or with commas. */
export const choices =
  <Word extends string>(words: readonly Word[]) =>
  (text: string, before: readonly Word[] = []): readonly Word[] => [
    ...before,
    ...text.split(',').map((one) => choice(words)(one.trim())),
  ];
