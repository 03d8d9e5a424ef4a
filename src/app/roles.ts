import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredRole } from './account-records.ts';
import type { Caller } from './caller.ts';
import { asExpected, event, madeBefore, type Repeatable, save } from './change.ts';
import type { Page, PageRequest, Slice, Sliced } from './lists.ts';
import { pageThrough } from './page-through.ts';
import type { Permission } from './permissions.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { checkHeld, isAdministratorRole, parsePermissions } from './rights.ts';
import { sliceThrough } from './slice-through.ts';
import type { Change, Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

export type RoleInput = { readonly name: string; readonly permissions: readonly string[] };
type RolePatch = { readonly [Field in keyof RoleInput]?: RoleInput[Field] | undefined };

const about = (id: string) => ({ entity: 'role', id }) as const;
const nothing: Change = { account: null, writes: [], events: [] };

export const listRoles = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  page: PageRequest,
): Promise<Page<StoredRole>> => pageThrough(await store.roles.list(caller.account.key), page);

/** The same roles, as a page by its place. */
export const sliceRoles = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  slice: Slice,
): Promise<Sliced<StoredRole>> =>
  sliceThrough(await store.roles.list(caller.account.key), slice, ({ name }) => name);

/** A role of the caller's account by its id. */
export const getRole = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredRole, Refusal>> => {
  const found = await store.roles.find(caller.account.key, id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** A role that allows no more than the caller may; its name is unique in the account without regard to case. */
export const createRole = (
  deps: Deps,
  caller: Caller,
  input: RoleInput,
  repeatable?: Repeatable,
): Promise<Result<StoredRole, Refusal>> => {
  const { store, clock, ids } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  return save(store, about(id), async () => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) {
      const first = await getRole(deps, caller, made.value);
      return first.ok ? ok({ change: nothing, value: first.value }) : first;
    }
    const granted = grantable(caller, input.permissions, []);
    if (!granted.ok) return granted;
    const taken = await checkName(store, caller, input.name, id);
    if (taken !== undefined) return refused(taken);
    const value = { id, name: input.name, permissions: granted.value, builtIn: false, createdAt: clock() };
    return ok({
      change: {
        ...saving(deps, caller, id, { save: 'role', value }),
        idempotency: repeatable && { ...repeatable, ...about(id) },
      },
      value: { ...value, version: 1 },
    });
  });
};

const saving = ({ clock }: Pick<Deps, 'clock'>, caller: Caller, id: string, write: Write): Change => ({
  account: caller.account.key,
  writes: [write],
  events: [event({ type: 'role-saved', id }, { actor: caller.actor, at: clock() })],
});

/** What a role is to allow; what it did not allow before, the caller must have. */
const grantable = (
  caller: Caller,
  names: readonly string[],
  before: readonly Permission[],
): Result<readonly Permission[], Refusal> => {
  const parsed = parsePermissions(names);
  if (!parsed.ok) return parsed;
  if (parsed.value.includes('Administer Server')) {
    return refused({
      code: 'invalid',
      field: 'permissions',
      expected: 'permissions that hold within an account',
      got: '"Administer Server"',
    });
  }
  const missing = checkHeld(
    caller,
    parsed.value.filter((permission) => !before.includes(permission)),
  );
  return missing === undefined ? parsed : refused(missing);
};

const checkName = async (
  store: Store,
  caller: Caller,
  name: string,
  id: string,
): Promise<Refusal | undefined> => {
  const roles = await store.roles.list(caller.account.key);
  const taken = roles.some((role) => role.id !== id && role.name.toLowerCase() === name.toLowerCase());
  return taken ? { code: 'already-exists', ...about(name) } : undefined;
};

/** A role that may be changed, in the version the caller read. */
const changeable = async (
  deps: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
  expected: number | undefined,
): Promise<Result<StoredRole, Refusal>> => {
  const found = asExpected(await getRole(deps, caller, id), expected, about(id));
  if (!found.ok) return found;
  return isAdministratorRole(found.value)
    ? refused({ code: 'in-use', ...about(id), by: ['the account, which needs it as it is'] })
    : found;
};

/** Changes the given fields; whoever has the role has its new permissions at once. */
export const editRole = (
  deps: Deps,
  caller: Caller,
  id: string,
  patch: RolePatch,
  expected?: number,
): Promise<Result<StoredRole, Refusal>> =>
  save(deps.store, about(id), async () => {
    const found = await changeable(deps, caller, id, expected);
    if (!found.ok) return found;
    const was = found.value;
    const granted = grantable(caller, patch.permissions ?? was.permissions, was.permissions);
    if (!granted.ok) return granted;
    const name = patch.name ?? was.name;
    const taken = await checkName(deps.store, caller, name, id);
    if (taken !== undefined) return refused(taken);
    const value = { ...was, name, permissions: granted.value };
    return ok({
      change: saving(deps, caller, id, { save: 'role', was, value }),
      value: { ...value, version: was.version + 1 },
    });
  });

/** Forgets a role that nobody has. */
export const deleteRole = (
  deps: Deps,
  caller: Caller,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> =>
  save(deps.store, about(id), async () => {
    const found = await changeable(deps, caller, id, expected);
    if (!found.ok) return found;
    const holders = await deps.store.roles.holders(caller.account.key, id);
    if (holders > 0) {
      return refused({ code: 'in-use', ...about(id), by: [holders === 1 ? '1 user' : `${holders} users`] });
    }
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ drop: 'role', was: found.value }],
        events: [event({ type: 'role-deleted', id }, { actor: caller.actor, at: deps.clock() })],
      },
      value: undefined,
    });
  });
