import type { Page, PageRequest, Slice, Sliced } from './lists.ts';

const MANY = 1_000;

/** All of a list that is short enough to be read whole, in its order. */
export const readWhole = async <Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const page: Page<Item> = await list({ after, limit: MANY });
    items.push(...page.items);
    after = page.next;
  }
  return items;
};

const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** A page by its place of a list that was read whole, the oldest first. Names are without regard to case. */
export const sliceThrough = <Item>(
  items: readonly Item[],
  { skip, limit, by, descending }: Slice,
  nameOf: (item: Item) => string,
): Sliced<Item> => {
  const direction = descending ? -1 : 1;
  const placed = items.map((item, place) => ({ item, place, name: nameOf(item).toLowerCase() }));
  placed.sort(
    by === 'name'
      ? (a, b) => direction * compare(a.name, b.name) || a.place - b.place
      : (a, b) => direction * (a.place - b.place),
  );
  return { items: placed.slice(skip, skip + limit).map(({ item }) => item), total: items.length };
};
