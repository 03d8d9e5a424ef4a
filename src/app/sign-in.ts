import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import { type Instant, MINUTE } from '../domain/time.ts';
import type { StoredAccount, StoredToken, StoredUser } from './account-records.ts';
import { isBacked } from './application-token.ts';
import { createUseNotes } from './audit-notes.ts';
import { createRefusedTokenNotes, type TokenProblem } from './audit-refused-tokens.ts';
import type { Caller } from './caller.ts';
import type { Origin } from './origin.ts';
import { type Permission, permissions } from './permissions.ts';
import type { Clock, Hashing, Store } from './ports.ts';
import { remember } from './remember.ts';
import { readSecret } from './secrets.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly hashing: Hashing };

/** A caller who showed a token, and whose token it was. */
export type Principal = Caller & { readonly user: StoredUser; readonly token: StoredToken };

const no = (reason: 'missing' | 'invalid' | 'expired') =>
  refused<Refusal>({ code: 'unauthenticated', reason });

/**
 * Who shows this secret, in which account, and what they may do there. Without `accountId` it is the account
 * of the token, else the first its user belongs to. An account the user cannot reach is `not-found`.
 */
export type Authenticate = (
  secret: string,
  accountId: string | undefined,
  /** From where; the token is filled in here. */
  origin?: Origin,
) => Promise<Result<Principal, Refusal>>;

/** A principal, and when the use of its token was last noted. */
type Known = { readonly principal: Principal; notedAt: Instant };

const MOST_REMEMBERED = 10_000;

/** Remembers who was recognised, by a hash of the secret, for as long as the store vouches for it. */
export const createAuthenticate = (deps: Deps): Authenticate => {
  const { store, clock, hashing } = deps;
  const noteHour = createUseNotes(deps);
  const noteRefused = createRefusedTokenNotes(deps);
  const recall = remember<Result<Known, Refusal>>(() => store.identityEpoch(), {
    most: MOST_REMEMBERED,
    isKept: ({ ok: isKnown }) => isKnown,
  });
  return async (secret, accountId, origin) => {
    const shown = hashing.sha256(accountId === undefined ? secret : `${secret} ${accountId}`);
    const known = await recall(shown, () => identify(deps, secret, accountId));
    const problem = known.ok ? expiry(known.value.principal.token, clock()) : problemOf(known.refusal);
    if (problem !== undefined) void noteRefused(secret, problem, origin);
    if (!known.ok) return known;
    if (problem !== undefined) return no(problem);
    const principal = calledFrom(known.value.principal, origin);
    void noteUse(store, known.value, clock(), (usedAt) => noteHour(principal, principal.token, usedAt));
    return ok(principal);
  };
};

const calledFrom = (principal: Principal, origin: Origin | undefined): Principal => {
  if (origin === undefined) return principal;
  const { user, token } = principal;
  return { ...principal, actor: { kind: 'user', id: user.id, origin: { ...origin, token: token.id } } };
};

const expiry = (token: StoredToken, now: Instant): 'expired' | undefined =>
  hasExpired(token, now) ? 'expired' : undefined;

/** What is wrong with the token itself, where anything is. */
const problemOf = (refusal: Refusal): TokenProblem | undefined =>
  refusal.code === 'unauthenticated' && refusal.reason !== 'missing' ? refusal.reason : undefined;

const hasExpired = ({ expiresAt }: StoredToken, now: Instant): boolean =>
  expiresAt !== null && expiresAt <= now;

const identify = async (
  { store, clock, hashing }: Deps,
  secret: string,
  accountId: string | undefined,
): Promise<Result<Known, Refusal>> => {
  const parts = readSecret(secret);
  if (parts === undefined) return no('invalid');
  const token = await store.tokens.find(parts.id);
  if (token === undefined || !hashing.equal(hashing.sha256(secret), token.hash)) return no('invalid');
  if (token.kind === 'refresh') return no('invalid');
  if (hasExpired(token, clock())) return no('expired');
  if (!(await isBacked(store, token))) return no('invalid');
  const [user, account] = await Promise.all([
    store.users.find(token.userId),
    chooseAccount(store, token, accountId),
  ]);
  if (user === undefined || user.disabled) return no('invalid');
  if (!account.ok) return account;
  const granted = await permissionsIn(store, account.value, user, token);
  if (granted === undefined) return notReachable(account.value.id);
  const actor = { kind: 'user', id: user.id } as const;
  const principal = { account: account.value, actor, permissions: granted, user, token };
  return ok({ principal, notedAt: token.lastUsedAt });
};

const NOTED_EVERY = MINUTE;

/** Nobody waits for it, and it may be lost: a store that cannot note a use must not fail the call. */
const noteUse = async (
  store: Store,
  known: Known,
  now: Instant,
  noteHour: (usedAt: Instant) => Promise<void>,
): Promise<void> => {
  const { notedAt } = known;
  if (now - notedAt < NOTED_EVERY) return;
  known.notedAt = now;
  try {
    await store.tokens.touch(known.principal.token.id, now);
    await noteHour(notedAt);
  } catch {
    // The next use tries again; a store that is down shows itself in the calls that need it.
    known.notedAt = notedAt;
  }
};

const notReachable = (id: string) => refused<Refusal>({ code: 'not-found', entity: 'account', id });

const chooseAccount = async (
  store: Store,
  token: StoredToken,
  asked: string | undefined,
): Promise<Result<StoredAccount, Refusal>> => {
  if (token.accountId !== null && asked !== undefined && !sameAccount(asked, token.accountId)) {
    return notReachable(asked);
  }
  const id = asked ?? token.accountId;
  if (id === null) {
    const [first] = await store.accounts.ofUser(token.userId);
    return first === undefined ? no('invalid') : ok(first);
  }
  const account = await store.accounts.find(id);
  return account === undefined ? notReachable(id) : ok(account);
};

const sameAccount = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Undefined for someone who has no business in the account. */
const permissionsIn = async (
  store: Store,
  account: StoredAccount,
  user: StoredUser,
  token: StoredToken,
): Promise<ReadonlySet<Permission> | undefined> => {
  const granted = user.serverAdministrator ? permissions : await fromRoles(store, account, user);
  if (granted === undefined) return undefined;
  return new Set(granted.filter((permission) => isAllowedBy(token, permission)));
};

/** A token may allow less than its user may; one that is bound to an account never reaches across accounts. */
const isAllowedBy = ({ permissions: most, accountId }: StoredToken, permission: Permission): boolean =>
  (most === null || most.includes(permission)) && (accountId === null || permission !== 'Administer Server');

const fromRoles = async (
  store: Store,
  account: StoredAccount,
  user: StoredUser,
): Promise<readonly Permission[] | undefined> => {
  const membership = await store.users.membership(account.key, user.id);
  if (membership === undefined) return undefined;
  const roles = await store.roles.list(account.key);
  return roles.filter(({ id }) => membership.roleIds.includes(id)).flatMap((role) => role.permissions);
};
