import { textIn } from '../../words/search.ts';

/** What the address of the list of devices asks for: a device query. */
export type DevicesSearch = { readonly where?: string | undefined };

export const devicesSearch = (search: Readonly<Record<string, unknown>>): DevicesSearch => ({
  where: textIn(search, 'where'),
});
