import { type RawBuilder, sql } from 'kysely';
import type { Slice } from '../app/lists.ts';

/** By key, which counts up, or by folded name and then key; backwards as a whole. */
export const sliceOrder = ({ by, descending }: Pick<Slice, 'by' | 'descending'>): RawBuilder<unknown> => {
  const way = descending ? sql`desc` : sql`asc`;
  return by === 'name' ? sql`folded ${way}, key ${way}` : sql`key ${way}`;
};
