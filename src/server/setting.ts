import type { VariableName } from './env.ts';
import type { Parser } from './setting-parsers.ts';

/** One variable. `shownDefault` and `meaning` are the words of docs/config.md. */
export type Setting<T> = {
  readonly name: VariableName;
  readonly shownDefault: string;
  readonly meaning: string;
  readonly parse: Parser<T>;
  /** Never repeated in a message. */
  readonly secret: boolean;
};

/** A setting with a default that is written, and read, like any other value. */
export type Defaulted<T> = Setting<T> & { readonly kind: 'defaulted' };
/** A setting whose absence means something of its own; `shownDefault` says what. */
export type Optional<T> = Setting<T> & { readonly kind: 'optional' };

type Words = readonly [name: VariableName, shownDefault: string, meaning: string];

/** With a default that is written as any value is. */
export const defaulted = <T>([name, shownDefault, meaning]: Words, parse: Parser<T>): Defaulted<T> => ({
  kind: 'defaulted',
  name,
  shownDefault,
  meaning,
  parse,
  secret: false,
});

/** Without a value of its own; `secret` keeps it out of every message. */
export const optional = <T>(words: Words, parse: Parser<T>, options = { secret: false }): Optional<T> => ({
  ...defaulted(words, parse),
  ...options,
  kind: 'optional',
});
