import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, save } from './change.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import type { StoredDocument, WireDocument } from './records.ts';
import type { Write } from './writes.ts';

type Reading = { readonly store: Store };
type Writing = Reading & { readonly clock: Clock };
type Account = Pick<Caller, 'account'>;

/** Which document: its kind and its id. */
export type DocumentId = Pick<WireDocument, 'kind' | 'id'>;
/** What a caller says of one; an empty name is none. */
export type DocumentInput = Pick<WireDocument, 'name' | 'body'>;

const about = (id: string) => ({ entity: 'document', id }) as const;

/** A page of the account's documents of a kind by its place. */
export const sliceDocuments = (
  { store }: Reading,
  { account }: Account,
  kind: string,
  slice: Slice,
): Promise<Sliced<StoredDocument>> => store.documents.slice(account.key, kind, slice);

/** A document of the caller's account. */
export const getDocument = async (
  { store }: Reading,
  { account }: Account,
  { kind, id }: DocumentId,
): Promise<Result<StoredDocument, Refusal>> => {
  const found = await store.documents.find(account.key, kind, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

const OLD_AT_ONCE = 100;

/** Drops the oldest documents of a kind that are older than so many milliseconds. */
const dropOld = async (
  store: Store,
  { account }: Account,
  kind: string,
  before: number,
): Promise<readonly Write[]> => {
  const { items } = await store.documents.list(account.key, kind, { after: 0, limit: OLD_AT_ONCE });
  return items.filter(({ createdAt }) => createdAt < before).map((was) => ({ drop: 'document', was }));
};

/** Names the name, where the store could only tell that some id or name is taken. */
const takenName = async (
  store: Store,
  { account }: Account,
  { kind, id, name }: Pick<WireDocument, 'kind' | 'id' | 'name'>,
) => {
  const other = name === '' ? undefined : await store.documents.findByName(account.key, kind, name);
  return other === undefined || other.id === id
    ? undefined
    : refused<Refusal>({ code: 'already-exists', ...about(name) });
};

/**
 * Keeps a new document; its name is unique in its kind without regard to case. With `keepFor` (milliseconds), those of
 * the kind that are older make way for it.
 */
export const createDocument = (
  { store, clock, ids }: Writing & { readonly ids: Ids },
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  { kind, ...input }: DocumentInput & Pick<WireDocument, 'kind'>,
  keepFor?: number,
): Promise<Result<WireDocument, Refusal>> => {
  const id = ids.uuid();
  return save<WireDocument>(store, about(id), async () => {
    const now = clock();
    const value = { ...input, kind, id, createdBy: signatureOf(actor), createdAt: now };
    const taken = await takenName(store, { account }, value);
    if (taken !== undefined) return taken;
    const old = keepFor === undefined ? [] : await dropOld(store, { account }, kind, now - keepFor);
    return ok({
      change: {
        account: account.key,
        writes: [{ save: 'document', value }, ...old],
        events: [event({ type: 'document-saved', kind, id }, { actor, at: now })],
      },
      value,
    });
  });
};

/** Puts what `edit` makes of a document's name and body in their place. */
export const editDocument = (
  deps: Writing,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  at: DocumentId,
  edit: (was: StoredDocument) => Result<DocumentInput, Refusal>,
): Promise<Result<WireDocument, Refusal>> =>
  save<WireDocument>(deps.store, about(at.id), async () => {
    const found = await getDocument(deps, { account }, at);
    if (!found.ok) return found;
    const was = found.value;
    const edited = edit(was);
    if (!edited.ok) return edited;
    const value = { ...was, ...edited.value };
    const { kind, id } = was;
    const taken = await takenName(deps.store, { account }, value);
    if (taken !== undefined) return taken;
    return ok({
      change: {
        account: account.key,
        writes: [{ save: 'document', was, value }],
        events: [event({ type: 'document-saved', kind, id }, { actor, at: deps.clock() })],
      },
      value,
    });
  });

/** Forgets a document. */
export const deleteDocument = (
  deps: Writing,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  at: DocumentId,
): Promise<Result<undefined, Refusal>> =>
  save<undefined>(deps.store, about(at.id), async () => {
    const found = await getDocument(deps, { account }, at);
    if (!found.ok) return found;
    const was = found.value;
    const { kind, id } = was;
    return ok({
      change: {
        account: account.key,
        writes: [{ drop: 'document', was }],
        events: [event({ type: 'document-deleted', kind, id }, { actor, at: deps.clock() })],
      },
      value: undefined,
    });
  });
