import { textIn } from '../../words/search.ts';

/** What the address of a new campaign asks for: the campaign that it is to be like, or the package that it is to bring. */
export type CreateSearch = { readonly from?: string | undefined; readonly package?: string | undefined };

export const createSearch = (search: Readonly<Record<string, unknown>>): CreateSearch => ({
  from: textIn(search, 'from'),
  package: textIn(search, 'package'),
});
