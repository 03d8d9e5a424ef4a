/**
 * Writes items together that come during a pause, or while an earlier write is under way, one write at a time. What
 * it gives back settles as the write does that had the item.
 */
export const gather = <Item>(
  write: (items: readonly Item[]) => Promise<void>,
  pause: () => Promise<void>,
) => {
  let next: { readonly items: Item[]; readonly written: Promise<void> } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const begin = () => {
    const items: Item[] = [];
    const written = Promise.all([last, pause()]).then(() => {
      next = undefined;
      return write(items);
    });
    last = written.catch(() => undefined);
    return { items, written };
  };
  return (item: Item): Promise<void> => {
    next ??= begin();
    next.items.push(item);
    return next.written;
  };
};
