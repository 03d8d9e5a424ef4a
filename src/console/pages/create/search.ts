import { textIn } from '../../words/search.ts';

/** What the address of a new campaign asks for: the campaign that it is to be like. */
export type CreateSearch = { readonly from?: string | undefined };

export const createSearch = (search: Readonly<Record<string, unknown>>): CreateSearch => ({
  from: textIn(search, 'from'),
});
