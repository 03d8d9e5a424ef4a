import type { Package, PackageMetadata } from '../domain/package.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Blobs, LinkAs, Range, Take } from './blobs.ts';
import type { Caller } from './caller.ts';
import { asExpected, event, save } from './change.ts';
import type { PackageFilter, Page, PageRequest, Slice, Sliced } from './lists.ts';
import type { Clock, Store } from './ports.ts';
import type { StoredPackage } from './records.ts';

type Reading = { readonly store: Store };
type Writing = Reading & { readonly clock: Clock };

type PackagePatch = { readonly [Field in keyof PackageMetadata]?: PackageMetadata[Field] | undefined };

/** A package as far as anybody but the store sees it. */
export type ShownPackage = Omit<StoredPackage, 'key'>;

const about = (id: string) => ({ entity: 'package', id }) as const;

export const listPackages = (
  { store }: Reading,
  caller: Caller,
  filter: PackageFilter,
  page: PageRequest,
): Promise<Page<StoredPackage>> => store.packages.list(caller.account.key, filter, page);

/** A page of the account's packages by its place. */
export const slicePackages = (
  { store }: Reading,
  caller: Caller,
  filter: PackageFilter,
  slice: Slice,
): Promise<Sliced<StoredPackage>> => store.packages.slice(caller.account.key, filter, slice);

/** A package of the caller's account by its id. */
export const getPackage = async (
  { store }: Reading,
  caller: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<StoredPackage, Refusal>> => {
  const found = await store.packages.find(caller.account.key, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** Ids of the campaigns that may still send a package, ten at most. */
export const campaignsOfPackage = async (
  { store }: Reading,
  caller: Caller,
  id: string,
): Promise<Result<readonly string[], Refusal>> => {
  const found = await getPackage({ store }, caller, id);
  return found.ok ? ok(await store.packages.usedBy(caller.account.key, id)) : found;
};

/** What tells packages apart for whoever picks one. */
export type Identity = Pick<Package, 'id' | 'name' | 'version' | 'kind' | 'make' | 'model' | 'fromVersion'>;

/** The id of another package of the account with the same identity. */
export const twinOf = async (
  { store }: Reading,
  caller: Caller,
  pack: Identity,
): Promise<string | undefined> => {
  const { name: text, kind, make, model } = pack;
  for (let after: number | null = 0; after !== null; ) {
    const page: Page<StoredPackage> = await store.packages.list(
      caller.account.key,
      { text, kind, make, model },
      { after, limit: 1000 },
    );
    const twin = page.items.find((other) => other.id !== pack.id && isTwin(other, pack));
    if (twin !== undefined) return twin.id;
    after = page.next;
  }
  return undefined;
};

const isTwin = (a: Identity, b: Identity): boolean =>
  a.name === b.name &&
  a.version === b.version &&
  a.kind === b.kind &&
  a.make === b.make &&
  a.model === b.model &&
  a.fromVersion === b.fromVersion;

/**
 * Changes what is said about a package; its bytes never change. Refused as a new one when it has a twin then;
 * what it is (name, version, kind and what it is for) stays while a campaign may still send it.
 */
export const editPackage = (
  deps: Writing,
  caller: Caller,
  id: string,
  patch: PackagePatch,
  expected?: number,
): Promise<Result<StoredPackage, Refusal>> => {
  const { store, clock } = deps;
  return save(store, about(id), async () => {
    const found = await findCurrent(deps, caller, id, expected);
    if (!found.ok) return found;
    const was = found.value;
    const value = patched(was, patch);
    if (!isTwin(was, value)) {
      const twin = await twinOf(deps, caller, value);
      if (twin !== undefined) return refused({ code: 'already-exists', ...about(twin) });
      // An approval was given to what the package was said to be.
      const by = await store.packages.usedBy(caller.account.key, id);
      if (by.length > 0) return refused({ code: 'in-use', ...about(id), by });
    }
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'package', was, value }],
        events: [event({ type: 'package-changed', id }, { actor: caller.actor, at: clock() })],
      },
      value: { ...value, revision: was.revision + 1 },
    });
  });
};

const patched = (was: StoredPackage, patch: PackagePatch): StoredPackage => ({
  ...was,
  name: patch.name ?? was.name,
  version: patch.version ?? was.version,
  kind: patch.kind ?? was.kind,
  make: patch.make ?? was.make,
  model: patch.model ?? was.model,
  fromVersion: patch.fromVersion ?? was.fromVersion,
  description: patch.description ?? was.description,
  labels: patch.labels ?? was.labels,
});

const findCurrent = async (
  deps: Reading,
  caller: Caller,
  id: string,
  expected: number | undefined,
): Promise<Result<StoredPackage, Refusal>> => {
  const found = await getPackage(deps, caller, id);
  return asExpected(found, expected, about(id), ({ revision }) => revision);
};

/** Forgets a package that no campaign may still send; its bytes go with the sweep, unless others have them. */
export const deletePackage = (
  deps: Writing,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const account = caller.account.key;
  return save(store, about(id), async () => {
    const found = await findCurrent(deps, caller, id, expected);
    if (!found.ok) return found;
    const by = await store.packages.usedBy(account, id);
    if (by.length > 0) return refused({ code: 'in-use', ...about(id), by });
    return ok({
      change: {
        account,
        writes: [{ drop: 'package', was: found.value }],
        events: [event({ type: 'package-deleted', id }, { actor: caller.actor, at: clock() })],
      },
      value: undefined,
    });
  });
};

export type OpenedPackage = {
  readonly pack: StoredPackage;
  /** The bytes of one range, all of them when it is left out. */
  readonly open: (range?: Range) => AsyncIterable<Uint8Array>;
  /** Hands out the same, as it is sent to many at once (`Blobs.pour`). */
  readonly pour: (range: Range | undefined, take: Take) => Promise<void>;
  /** Where others hand out the same for a while (`Blobs.link`). */
  readonly link: (as: LinkAs) => Promise<string | undefined>;
};

/** A package ready to be sent. Throws when its bytes are not all there: nobody may get them short. */
export const openPackage = async (
  { store, blobs }: Reading & { readonly blobs: Blobs },
  caller: Pick<Caller, 'account'>,
  id: string,
): Promise<Result<OpenedPackage, Refusal>> => {
  const found = await getPackage({ store }, caller, id);
  if (!found.ok) return found;
  const { sha256, size } = found.value.digests;
  const stored = await blobs.size(sha256);
  if (stored !== size) throw new Error(`blob ${sha256} has ${stored ?? 'no'} bytes of ${size}`);
  return ok({
    pack: found.value,
    open: (range) => blobs.open(sha256, range),
    pour: (range = { start: 0, end: size }, take) => blobs.pour(sha256, range, take),
    link: (as) => blobs.link(sha256, as),
  });
};
