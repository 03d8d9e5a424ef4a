import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredUser } from './account-records.ts';
import { event, type Planned } from './change.ts';
import type { Clock, Store } from './ports.ts';
import {
  checkHeld,
  findRoles,
  isAdministratorRole,
  isServerAdministrator,
  leaveAdministrators,
} from './rights.ts';
import type { Principal } from './sign-in.ts';
import type { Write } from './writes.ts';

/** Absent fields stay. Roles are all of them at once. */
export type PersonPatch = {
  readonly name?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
  readonly roleIds?: readonly string[] | undefined;
};

type Member = StoredUser & { readonly roleIds: readonly string[] };
type Patch = PersonPatch & { readonly passwordHash: string | undefined };
type Deps = { readonly store: Store; readonly clock: Clock };
type Writes = Result<readonly Write[], Refusal>;

const about = (id: string) => ({ entity: 'user', id }) as const;

/** What changing a person writes, or why the caller may not. */
export const changePlan = async (
  deps: Deps,
  caller: Principal,
  was: Member,
  patch: Patch,
): Promise<Result<Planned<Member>, Refusal>> => {
  const value = patched(was, patch);
  const barred = await checkPerson(deps.store, caller, was, value, patch);
  if (barred !== undefined) return refused(barred);
  const roles = await roleWrites(deps.store, caller, was, value);
  if (!roles.ok) return roles;
  const disabling = await disablingWrites(deps.store, caller, was, value);
  if (!disabling.ok) return disabling;
  const claims = [...roles.value, ...disabling.value];
  if (isSame(was, value)) return ok({ change: { account: null, writes: [], events: [] }, value: was });
  const { roleIds: _, ...user } = value;
  const ends = patch.passwordHash !== undefined || (value.disabled && !was.disabled);
  return ok({
    change: {
      account: caller.account.key,
      writes: [
        { save: 'user', was, value: user },
        ...unrepeated(claims),
        ...(ends ? [{ drop: 'tokens-of', userId: was.id } as const] : []),
      ],
      events: [event({ type: 'user-changed', user: was.id }, { actor: caller.actor, at: deps.clock() })],
    },
    value: { ...value, version: was.version + 1 },
  });
};

const patched = (was: Member, { name, disabled, passwordHash, roleIds }: Patch): Member => ({
  ...was,
  name: name ?? was.name,
  disabled: disabled ?? was.disabled,
  roleIds: roleIds ?? was.roleIds,
  ...(passwordHash !== undefined && { passwordHash, failures: 0, lockedUntil: 0 }),
});

const sameRoles = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id));

const isSame = (a: Member, b: Member): boolean =>
  a.name === b.name &&
  a.disabled === b.disabled &&
  a.passwordHash === b.passwordHash &&
  sameRoles(a.roleIds, b.roleIds);

/** One claim of the administrator role is enough: a second would find it changed. */
const unrepeated = (writes: readonly Write[]): readonly Write[] => {
  const claim = writes.find((write) => 'save' in write && write.save === 'role');
  return writes.filter((write) => !('save' in write && write.save === 'role') || write === claim);
};

/** Whether the caller may change what holds for the person in every account. */
const checkPerson = async (
  store: Store,
  caller: Principal,
  was: Member,
  value: Member,
  { passwordHash }: Patch,
): Promise<Refusal | undefined> => {
  if (was.name === value.name && was.disabled === value.disabled && passwordHash === undefined) {
    return undefined;
  }
  const own = checkOwn(caller, was, value, passwordHash);
  if (own !== undefined || isServerAdministrator(caller)) return own;
  const accounts = await store.accounts.ofUser(was.id);
  if (was.serverAdministrator || accounts.length > 1) {
    return { code: 'forbidden', permission: 'Administer Server' };
  }
  return passwordHash === undefined ? undefined : checkStronger(store, caller, was);
};

/** One's own password needs the current one; and who could undo disabling oneself? */
const checkOwn = (
  { user }: Principal,
  was: Member,
  value: Member,
  passwordHash: string | undefined,
): Refusal | undefined => {
  if (user.id !== was.id) return undefined;
  if (value.disabled && !was.disabled) {
    return { code: 'in-use', ...about(was.id), by: ['the caller, who cannot disable themselves'] };
  }
  return passwordHash === undefined
    ? undefined
    : {
        code: 'invalid',
        field: 'password',
        expected: "another person's; one's own is changed in one's session, with the current one",
        got: "the caller's own",
      };
};

/** Whoever sets a password can sign in with it, and so must be allowed all that person is. */
const checkStronger = async (
  store: Store,
  caller: Principal,
  { roleIds }: Member,
): Promise<Refusal | undefined> => {
  const roles = await store.roles.list(caller.account.key);
  return checkHeld(
    caller,
    roles.filter(({ id }) => roleIds.includes(id)).flatMap(({ permissions }) => permissions),
  );
};

const roleWrites = async (store: Store, caller: Principal, was: Member, value: Member): Promise<Writes> => {
  if (sameRoles(was.roleIds, value.roleIds)) return ok([]);
  const roles = await findRoles(store, caller, value.roleIds);
  if (!roles.ok) return roles;
  const added = roles.value.filter(({ id }) => !was.roleIds.includes(id));
  const missing = checkHeld(
    caller,
    added.flatMap(({ permissions }) => permissions),
  );
  if (missing !== undefined) return refused(missing);
  const staysAdministrator = roles.value.some(isAdministratorRole);
  const left = staysAdministrator ? ok([]) : await leaveAdministrators(store, caller.account, was);
  if (!left.ok) return left;
  return ok([membershipWrite(was, value), ...left.value]);
};

const membershipWrite = ({ id: userId, roleIds }: Member, value: Member): Write => ({
  save: 'membership',
  was: { userId, roleIds },
  value: { userId, roleIds: value.roleIds },
});

/** No account of the person may lose its last administrator; only the caller's own can be claimed. */
const disablingWrites = async (
  store: Store,
  caller: Principal,
  was: Member,
  value: Member,
): Promise<Writes> => {
  if (was.disabled || !value.disabled) return ok([]);
  let claim: readonly Write[] = [];
  for (const account of await store.accounts.ofUser(was.id)) {
    const left = await leaveAdministrators(store, account, was);
    if (!left.ok) return left;
    if (account.key === caller.account.key) claim = left.value;
  }
  return ok(claim);
};
