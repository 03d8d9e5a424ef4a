import type { Page, PageRequest } from './lists.ts';

/** A page of a list that is short enough to be read whole; `after` counts the items before it. */
export const pageThrough = <Item>(items: readonly Item[], { after, limit }: PageRequest): Page<Item> => ({
  items: items.slice(after, after + limit),
  next: after + limit < items.length ? after + limit : null,
});
