import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { formatExpression, parseExpression } from '../domain/targeting.ts';
import { type Caller, signatureOf } from './caller.ts';
import { asExpected, event, madeBefore, type Repeatable, save } from './change.ts';
import type { Page, PageRequest, Slice, Sliced } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { type QueryTerms, termsOf } from './query-terms.ts';
import type { SavedQuery, StoredDevice, StoredQuery } from './records.ts';
import { readWhole, sliceThrough } from './slice-through.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

export type QueryInput = { readonly name: string; readonly description: string; readonly expression: string };
type QueryPatch = { readonly [Field in keyof QueryInput]?: QueryInput[Field] | undefined };

const about = (id: string) => ({ entity: 'query', id }) as const;
const notFound = (id: string) => refused<Refusal>({ code: 'not-found', ...about(id) });

export const listQueries = (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  page: PageRequest,
): Promise<Page<StoredQuery>> => store.queries.list(caller.account.key, page);

/** A page of the account's queries by its place. An account has few, so that all are looked at. */
export const sliceQueries = async (
  { store }: Pick<Deps, 'store'>,
  { account }: Caller,
  slice: Slice,
): Promise<Sliced<StoredQuery>> => {
  const all = await readWhole((page) => store.queries.list(account.key, page));
  return sliceThrough(all, slice, ({ name }) => name);
};

/** A query of the caller's account by its id. */
export const getQuery = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredQuery, Refusal>> => {
  const found = await store.queries.find(caller.account.key, id);
  return found === undefined ? notFound(id) : ok(found);
};

/** What the Pulse wire keeps of a query beside it, under the same id: the kind of document. */
const BESIDE = 'pulse/filter-definition';

/** What is kept of a query beside it, if anything is. */
export const findBeside = async (
  { store }: Pick<Deps, 'store'>,
  { account }: Caller,
  id: string,
): Promise<unknown> => (await store.documents.find(account.key, BESIDE, id))?.body;

/** The write that keeps a body beside a query; none when there is no body. */
const keepBeside = async (
  { store }: Deps,
  { account }: Caller,
  { id, createdBy, createdAt }: SavedQuery,
  body: unknown,
): Promise<readonly Write[]> => {
  if (body === undefined) return [];
  const was = await store.documents.find(account.key, BESIDE, id);
  const value = { kind: BESIDE, id, name: '', body, createdBy, createdAt };
  return [was === undefined ? { save: 'document', value } : { save: 'document', was, value }];
};

const dropBeside = async (
  { store }: Deps,
  { account }: Caller,
  { id }: SavedQuery,
): Promise<readonly Write[]> => {
  const was = await store.documents.find(account.key, BESIDE, id);
  return was === undefined ? [] : [{ drop: 'document', was }];
};

/**
 * Saves a new query; its name is unique in the account without regard to case. `beside` is JSON to be kept with it
 * and forgotten with it.
 */
export const createQuery = (
  deps: Deps,
  caller: Caller,
  input: QueryInput,
  repeatable?: Repeatable,
  beside?: unknown,
): Promise<Result<StoredQuery, Refusal>> => {
  const { store, clock, ids } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  return save(store, about(id), async () => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) return unchanged(await getQuery(deps, caller, made.value));
    const parsed = parseExpression(input.expression);
    if (!parsed.ok) return parsed;
    const now = clock();
    const value = { ...input, id, createdBy: signatureOf(caller.actor), createdAt: now };
    return ok({
      change: {
        account,
        writes: [{ save: 'query', value }, ...(await keepBeside(deps, caller, value, beside))],
        events: [event({ type: 'query-saved', id }, { actor: caller.actor, at: now })],
        idempotency: repeatable && { ...repeatable, ...about(id) },
      },
      value: { ...value, version: 1 },
    });
  });
};

/** A result that needs no write. */
const unchanged = <Value>(result: Result<Value, Refusal>) =>
  result.ok ? ok({ change: { account: null, writes: [], events: [] }, value: result.value }) : result;

/** Changes the given fields of a query; the campaigns that use it see the new expression when they next look. */
export const editQuery = (
  deps: Deps,
  caller: Caller,
  id: string,
  patch: QueryPatch,
  expected?: number,
  beside?: unknown,
): Promise<Result<StoredQuery, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  return save(store, about(id), async () => {
    const found = asExpected(await getQuery(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const was = found.value;
    const parsed = parseExpression(patch.expression ?? was.expression);
    if (!parsed.ok) return parsed;
    const value = {
      ...was,
      name: patch.name ?? was.name,
      description: patch.description ?? was.description,
      expression: patch.expression ?? was.expression,
    };
    return ok({
      change: {
        account,
        writes: [{ save: 'query', was, value }, ...(await keepBeside(deps, caller, value, beside))],
        events: [event({ type: 'query-saved', id }, { actor: caller.actor, at: clock() })],
      },
      value: { ...value, version: was.version + 1 },
    });
  });
};

/** Forgets a query. Campaigns keep the expression they were given. */
export const deleteQuery = (
  deps: Deps,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = asExpected(await getQuery(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ drop: 'query', was: found.value }, ...(await dropBeside(deps, caller, found.value))],
        events: [event({ type: 'query-deleted', id }, { actor: caller.actor, at: clock() })],
      },
      value: undefined,
    });
  });
};

export type QueryPreview = {
  readonly canonical: string;
  /** For a form; `null` where it is nested deeper than one shows. */
  readonly terms: QueryTerms | null;
  readonly count: number;
  readonly sample: readonly StoredDevice[];
};

/** How many devices match an expression now, and the first few of them. */
export const previewQuery = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  expression: string,
  limit: number,
): Promise<Result<QueryPreview, Refusal>> => {
  const parsed = parseExpression(expression);
  if (!parsed.ok) return parsed;
  const account = caller.account.key;
  const [count, sample] = await Promise.all([
    store.devices.count(account, parsed.value),
    limit === 0
      ? []
      : store.devices.list(account, parsed.value, { after: 0, limit }).then(({ items }) => items),
  ]);
  return ok({ canonical: formatExpression(parsed.value), terms: termsOf(parsed.value), count, sample });
};
