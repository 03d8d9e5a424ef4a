import type { Slice } from '../../app/lists.ts';
import type { PageQuery, PageResponse } from '../../wire/pulse/common.ts';
import { BadRequest } from './errors.ts';

const USUAL_SIZE = 20;
const MOST_SIZE = 1_000;

/** A page as a caller asked for it; `base` is the number of the first page. */
export type Paging = {
  readonly slice: Slice;
  readonly page: number;
  readonly size: number;
  readonly base: number;
};

const numberOf = (...given: readonly (number | string | undefined)[]): number | undefined => {
  const first = given.find((value) => value !== undefined);
  return first === undefined ? undefined : Number(first);
};

const orders = {
  name: 'name',
  creationtime: 'created',
  createdtime: 'created',
  createdon: 'created',
} as const;

const isOrder = (word: string): word is keyof typeof orders => Object.hasOwn(orders, word);

/** `sort` is a field and `asc` or `desc`; without one the oldest come first. */
const orderOf = (sort: string | undefined): Pick<Slice, 'by' | 'descending'> => {
  if (sort === undefined || sort.trim() === '') return { by: 'created', descending: false };
  const [field = '', direction = 'asc'] = sort.split(/[,: ]+/).map((word) => word.toLowerCase());
  const isDirection = direction === 'asc' || direction === 'desc';
  if (!isOrder(field) || !isDirection)
    throw new BadRequest(
      'sort: expected name or creationTime, and asc or desc, such as "creationTime,desc".',
    );
  return { by: orders[field], descending: direction === 'desc' };
};

/** The page that a query asks for, in any of the three spellings. Throws `BadRequest`. */
export const pagingOf = (query: PageQuery, base: number): Paging => {
  const page = numberOf(query['page.number'], query['pageInfo.page'], query.page) ?? base;
  const size = numberOf(query['page.size'], query['pageInfo.pageSize'], query.pageSize) ?? USUAL_SIZE;
  if (page < base) throw new BadRequest(`page: expected ${base} or more; got ${page}.`);
  if (size < 1) throw new BadRequest(`page size: expected 1 or more; got ${size}.`);
  const limit = Math.min(size, MOST_SIZE);
  const sort = query['page.sort'] ?? query.sort;
  const order = orderOf(sort === undefined ? undefined : `${sort}`);
  return { slice: { skip: (page - base) * limit, limit, ...order }, page, size: limit, base };
};

/** The envelope of the page. */
export const toPageResponse = ({ page, size }: Paging, total: number): PageResponse => ({
  totalPages: `${Math.ceil(total / size)}`,
  totalElements: `${total}`,
  page,
  pageSize: size,
});
