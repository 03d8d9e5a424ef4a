import type { Online } from './online.ts';
import type { Column } from './output.ts';

type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };
type PageQuery = { readonly cursor?: string; readonly limit: number };

const MOST_OF_A_PAGE = 1_000;

/** As many records as wanted, page by page, and whether there are more. */
export const collect = async <Item>(
  limit: number,
  read: (query: PageQuery) => Promise<Page<Item>>,
): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> => {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({
      ...(cursor !== undefined && { cursor }),
      limit: Math.min(MOST_OF_A_PAGE, limit - items.length),
    });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items, more: cursor !== undefined };
};

/** Prints as many records as wanted; whether there are more is a note beside them. */
export const printPages = async <Item>(
  { print, io }: Pick<Online, 'print' | 'io'>,
  limit: number,
  read: (query: PageQuery) => Promise<Page<Item>>,
  columns: readonly Column<Item>[],
): Promise<void> => {
  const { items, more } = await collect(limit, read);
  await print.list(items, columns);
  if (more) io.err(`note: the first ${items.length}; --limit all shows all of them\n`);
};
