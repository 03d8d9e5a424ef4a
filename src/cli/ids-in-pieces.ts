/** How many ids go in one request. */
const PIECE = 50_000;

/** Pieces of a list of ids, in order. */
export const inPieces = <Item>(items: readonly Item[]): readonly Item[][] =>
  Array.from({ length: Math.ceil(items.length / PIECE) }, (_, index) =>
    items.slice(index * PIECE, (index + 1) * PIECE),
  );
