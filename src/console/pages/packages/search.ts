import type { Package } from '../../../wire/muster/packages.ts';
import { textIn, wordsIn } from '../../words/search.ts';

export const kinds: readonly Package['kind'][] = ['firmware', 'software', 'file', 'bundle'];

/** What the address of the list of packages asks for. */
export type PackagesSearch = {
  readonly text?: string | undefined;
  readonly kind?: Package['kind'] | undefined;
  readonly make?: string | undefined;
  readonly model?: string | undefined;
};

export const packagesSearch = (search: Readonly<Record<string, unknown>>): PackagesSearch => ({
  text: textIn(search, 'text'),
  kind: wordsIn(search, 'kind', kinds)?.[0],
  make: textIn(search, 'make'),
  model: textIn(search, 'model'),
});
