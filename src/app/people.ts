import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredAccount, StoredUser, User } from './account-records.ts';
import type { Caller } from './caller.ts';
import { asExpected, event, madeBefore, type Planned, type Repeatable, save } from './change.ts';
import type { Page, PageRequest } from './lists.ts';
import { changePlan, type PersonPatch } from './person-change.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { checkHeld, findRoles, isServerAdministrator, leaveAdministrators } from './rights.ts';
import type { Principal } from './sign-in.ts';
import type { Change, Write } from './writes.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
};

/** A person with the roles they have in the account that was asked. */
export type Member = User & { readonly version: number; readonly roleIds: readonly string[] };
export type StoredMember = StoredUser & Member;

/** Without a password nobody can sign in as the new person until one is set. */
export type PersonInput = {
  readonly email: string;
  readonly name: string;
  readonly password?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly roleIds: readonly string[];
};

/**
 * Decides the roles of somebody, and what else is written with them; asked anew with each attempt. Without a
 * membership yet there are no roles.
 */
export type Placing = (person: {
  readonly id: string;
  readonly roleIds: readonly string[];
}) => Promise<Result<Placed, Refusal>>;
export type Placed = { readonly roleIds: readonly string[]; readonly writes: readonly Write[] };

const about = (id: string) => ({ entity: 'user', id }) as const;
const nothing: Change = { account: null, writes: [], events: [] };

export const listPeople = (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  page: PageRequest,
): Promise<Page<StoredMember>> => store.users.list(caller.account.key, page);

/** Somebody who belongs to the caller's account, by id. */
export const getPerson = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<StoredMember, Refusal>> => {
  const [user, membership] = await Promise.all([
    store.users.find(id),
    store.users.membership(caller.account.key, id),
  ]);
  return user === undefined || membership === undefined
    ? refused({ code: 'not-found', ...about(id) })
    : ok({ ...user, roleIds: membership.roleIds });
};

/**
 * Brings a person into the caller's account with roles that allow no more than the caller may. Somebody who is
 * known from another account joins as they are: name and password that were given are ignored.
 */
export const createPerson = async (
  deps: Deps,
  caller: Caller,
  input: PersonInput,
  repeatable?: Repeatable,
  placing: Placing = async () => ok({ roleIds: input.roleIds, writes: [] }),
): Promise<Result<Member, Refusal>> => {
  const { store, ids, hashing } = deps;
  const account = caller.account.key;
  const id = ids.uuid();
  // Before it is known who has this address, so that the time it takes does not tell.
  const passwordHash = await hashing.hashPassword(input.password ?? ids.secret(32));
  return save(store, about(input.email), async (): Promise<Result<Planned<Member>, Refusal>> => {
    const made = await madeBefore(store, account, repeatable);
    if (!made.ok) return made;
    if (made.value !== undefined) {
      const first = await getPerson(deps, caller, made.value);
      return first.ok ? ok({ change: nothing, value: first.value }) : first;
    }
    const known = await store.users.findByEmail(input.email.toLowerCase());
    const placed = await placing({ id: known?.id ?? id, roleIds: [] });
    if (!placed.ok) return placed;
    const { roleIds, writes } = placed.value;
    const roles = await findRoles(store, caller, roleIds);
    if (!roles.ok) return roles;
    const missing = checkHeld(
      caller,
      roles.value.flatMap(({ permissions }) => permissions),
    );
    if (missing !== undefined) return refused(missing);
    if (known !== undefined && (await store.users.membership(account, known.id)) !== undefined) {
      return refused({ code: 'already-exists', ...about(input.email) });
    }
    const user = known ?? newUser(deps, input, id, passwordHash);
    return ok(alsoWriting(joining(deps, caller, { roleIds }, user, repeatable), writes));
  });
};

const newUser = ({ clock }: Deps, input: PersonInput, id: string, passwordHash: string): User => ({
  id,
  email: input.email.toLowerCase(),
  name: input.name,
  passwordHash,
  serverAdministrator: false,
  disabled: input.disabled ?? false,
  failures: 0,
  lockedUntil: 0,
  createdAt: clock(),
});

const joining = (
  { clock }: Deps,
  { account, actor }: Caller,
  { roleIds }: Pick<PersonInput, 'roleIds'>,
  user: User | StoredUser,
  repeatable: Repeatable,
): Planned<Member> => {
  const isKnown = 'version' in user;
  const join: Write = { save: 'membership', value: { userId: user.id, roleIds } };
  return {
    change: {
      account: account.key,
      writes: isKnown ? [join] : [{ save: 'user', value: user }, join],
      events: [event({ type: 'user-added', user: user.id }, { actor, at: clock() })],
      idempotency: repeatable && { ...repeatable, ...about(user.id) },
    },
    value: { ...user, roleIds, version: isKnown ? user.version : 1 },
  };
};

const alsoWriting = ({ change, value }: Planned<Member>, writes: readonly Write[]): Planned<Member> => ({
  change: { ...change, writes: [...change.writes, ...writes] },
  value,
});

/**
 * Changes the given fields. Name, password and whether somebody is disabled hold in every account, so they
 * change from here only for people of this account alone, or by a server administrator. Setting a password
 * and disabling end all sessions and tokens of that person.
 */
export const editPerson = async (
  deps: Deps,
  caller: Principal,
  id: string,
  patch: PersonPatch,
  expected?: number,
  placing?: Placing,
): Promise<Result<Member, Refusal>> => {
  const { store, hashing } = deps;
  const passwordHash = patch.password === undefined ? undefined : await hashing.hashPassword(patch.password);
  return save(store, about(id), async (): Promise<Result<Planned<Member>, Refusal>> => {
    const found = asExpected(await getPerson(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const placed = placing === undefined ? undefined : await placing(found.value);
    if (placed?.ok === false) return placed;
    const roleIds = placed?.value.roleIds ?? patch.roleIds;
    const planned = await changePlan(deps, caller, found.value, { ...patch, roleIds, passwordHash });
    if (!planned.ok || placed === undefined || placed.value.writes.length === 0) return planned;
    const saved =
      planned.value.change.writes.length > 0 ? planned.value : claiming(deps, caller, found.value);
    return ok(alsoWriting(saved, placed.value.writes));
  });
};

/** Writes somebody as they are: what is written with it counts on the roles they have. */
const claiming = ({ clock }: Pick<Deps, 'clock'>, caller: Caller, was: StoredMember): Planned<Member> => {
  const { roleIds: _, ...user } = was;
  return {
    change: {
      account: caller.account.key,
      writes: [{ save: 'user', was, value: user }],
      events: [event({ type: 'user-changed', user: was.id }, { actor: caller.actor, at: clock() })],
    },
    value: { ...was, version: was.version + 1 },
  };
};

/**
 * Takes a person out of the caller's account, with the tokens that work there; with the last account all
 * tokens end. The person is not forgotten: history names them.
 */
export const removePerson = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Principal,
  id: string,
  expected?: number,
): Promise<Result<undefined, Refusal>> => {
  const { store, clock } = deps;
  const { account, actor } = caller;
  return save(store, about(id), async () => {
    const found = asExpected(await getPerson(deps, caller, id), expected, about(id));
    if (!found.ok) return found;
    const accounts = await store.accounts.ofUser(id);
    const barred = checkRemovable(caller, found.value, accounts);
    if (barred !== undefined) return refused(barred);
    const left = await leaveAdministrators(store, account, found.value);
    if (!left.ok) return left;
    const { roleIds, ...user } = found.value;
    const membership = { userId: id, roleIds };
    return ok({
      change: {
        account: account.key,
        writes: [
          // Else a change of their roles at the same time would bring them back.
          { save: 'user', was: user, value: user },
          { drop: 'membership', was: membership },
          ...left.value,
          ...(await tokensEnd(store, id, account, accounts.length === 1)),
        ],
        events: [event({ type: 'user-removed', user: id }, { actor, at: clock() })],
      },
      value: undefined,
    });
  });
};

/** Server administrators are nobody else's to remove, and without any account they could not sign in. */
const checkRemovable = (
  caller: Caller,
  person: StoredUser,
  accounts: readonly StoredAccount[],
): Refusal | undefined => {
  if (!person.serverAdministrator) return undefined;
  if (!isServerAdministrator(caller)) return { code: 'forbidden', permission: 'Administer Server' };
  return accounts.length > 1
    ? undefined
    : { code: 'in-use', ...about(person.id), by: ['the server as one of its administrators'] };
};

const tokensEnd = async (
  store: Store,
  userId: string,
  account: StoredAccount,
  isLast: boolean,
): Promise<readonly Write[]> => {
  if (isLast) return [{ drop: 'tokens-of', userId }];
  const tokens = await store.tokens.list(userId);
  return tokens
    .filter(({ accountId }) => accountId === account.id)
    .map((was): Write => ({ drop: 'token', was }));
};
