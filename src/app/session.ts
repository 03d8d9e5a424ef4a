import type { Entity, Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import { event, type Planned, save } from './change.ts';
import type { Change, Clock, Hashing, Ids, Store, Write } from './ports.ts';
import type { StoredAccount, StoredUser, Token, User } from './records.ts';
import { newSecret } from './secrets.ts';
import type { Principal } from './sign-in.ts';

/** Durations in milliseconds. */
export type SessionSettings = {
  readonly sessionTtl: number;
  /** Wrong passwords in a row that lock a user out, and for how long. */
  readonly lockoutFailures: number;
  readonly lockoutTime: number;
};

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly settings: SessionSettings;
};

/** A session that was just opened; `secret` is known only now. */
export type SignedIn = {
  readonly secret: string;
  readonly expiresAt: Instant;
  readonly user: User;
  readonly accounts: readonly StoredAccount[];
};

type Attempt<Value> = Result<Planned<Result<Value, Refusal>>, Refusal>;

const about = (entity: Entity, id: string) => ({ entity, id });
const wrong = refused<Refusal>({ code: 'unauthenticated', reason: 'invalid' });
const nothing: Change = { account: null, writes: [], events: [] };
/** Refuses, and writes nothing. */
const turnedAway = ok({ change: nothing, value: wrong });

const isOut = (user: User, now: Instant): boolean => user.disabled || user.lockedUntil > now;

/** A hash that no password fits: verifying against it makes unknown people cost what known ones do. */
export const newDecoy = ({ ids, hashing }: Pick<Deps, 'ids' | 'hashing'>): Promise<string> =>
  hashing.hashPassword(ids.secret(32));

/**
 * Opens a session for whoever knows the password. Whatever is wrong (person, password, locked, disabled, no
 * account), the refusal and the hashing done are the same. Failures in a row are counted and lock the person
 * out for a while.
 */
export const signIn = async (
  deps: Deps,
  given: { readonly email: string; readonly password: string },
  decoy: string,
): Promise<Result<SignedIn, Refusal>> => {
  const { store, hashing, clock } = deps;
  const known = await store.users.findByEmail(given.email.toLowerCase());
  const right = await hashing.verifyPassword(given.password, known?.passwordHash ?? decoy);
  if (known === undefined) return wrong;
  return settled(deps, known.id, async (): Promise<Attempt<SignedIn>> => {
    const [user, accounts] = await Promise.all([store.users.find(known.id), store.accounts.ofUser(known.id)]);
    const now = clock();
    const home = accounts[0];
    if (user === undefined || home === undefined || isOut(user, now)) return turnedAway;
    if (!right) return ok({ change: failed(deps, user, home, now), value: wrong });
    if (user.passwordHash !== known.passwordHash) return turnedAway;
    return ok(opened(deps, user, accounts, home, now));
  });
};

/**
 * Saves what is decided about a person's password. Guesses that come at once get in each other's way; each one
 * that is lost was another's failure counted, so that after as many as lock, all are turned away.
 */
const settled = async <Value>(
  { store, settings }: Deps,
  userId: string,
  attempt: () => Promise<Attempt<Value>>,
): Promise<Result<Value, Refusal>> => {
  for (let lost = 0; lost <= settings.lockoutFailures; lost += 1) {
    const saved = await save(store, about('user', userId), attempt);
    if (saved.ok) return saved.value;
  }
  return wrong;
};

/** One failure more; the last one allowed locks and starts the count again. */
const failed = ({ settings }: Deps, was: StoredUser, home: StoredAccount, now: Instant): Change => {
  const failures = was.failures + 1;
  const locks = failures >= settings.lockoutFailures;
  const value = locks
    ? { ...was, failures: 0, lockedUntil: now + settings.lockoutTime }
    : { ...was, failures, lockedUntil: 0 };
  const by = { actor: { kind: 'server' }, at: now } as const;
  return {
    account: home.key,
    writes: [{ save: 'user', was, value }],
    events: locks ? [event({ type: 'user-locked-out', user: was.id }, by)] : [],
  };
};

const opened = (
  deps: Deps,
  user: StoredUser,
  accounts: readonly StoredAccount[],
  home: StoredAccount,
  now: Instant,
): Planned<Result<SignedIn, Refusal>> => {
  const { id, secret } = newSecret(deps.ids, deps.hashing);
  const expiresAt = now + deps.settings.sessionTtl;
  const token: Token = {
    id,
    hash: deps.hashing.sha256(secret),
    kind: 'session',
    userId: user.id,
    accountId: null,
    name: '',
    permissions: null,
    createdAt: now,
    expiresAt,
    lastUsedAt: now,
  };
  const by = { actor: { kind: 'user', id: user.id }, at: now } as const;
  return {
    change: {
      account: home.key,
      writes: [{ save: 'token', value: token }, ...cleared(user)],
      events: [event({ type: 'token-issued', id, kind: 'session' }, by)],
    },
    value: ok({ secret, expiresAt, user, accounts }),
  };
};

/** Whoever gets in starts with no failures. Most had none, and then nothing is written. */
const cleared = (was: StoredUser): readonly Write[] =>
  was.failures === 0 && was.lockedUntil === 0
    ? []
    : [{ save: 'user', was, value: { ...was, failures: 0, lockedUntil: 0 } }];

/** The accounts a caller may name: those of its user, or the one its token is bound to. */
export const accountsOf = async (
  { store }: Pick<Deps, 'store'>,
  { account, token, user }: Principal,
): Promise<readonly StoredAccount[]> =>
  token.accountId === null ? store.accounts.ofUser(user.id) : [account];

/** Ends the session that was shown. API tokens are revoked by their id instead. */
export const signOut = (
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { account, actor, token }: Principal,
): Promise<Result<undefined, Refusal>> =>
  save(store, about('token', token.id), async () => {
    if (token.kind !== 'session') {
      return refused({
        code: 'invalid',
        field: 'Authorization',
        expected: 'the token of a session',
        got: 'an API token, which is revoked by its id',
      });
    }
    const was = await store.tokens.find(token.id);
    if (was === undefined) return ok({ change: nothing, value: undefined });
    return ok({
      change: {
        account: account.key,
        writes: [{ drop: 'token', was }],
        events: [event({ type: 'token-revoked', id: was.id }, { actor, at: clock() })],
      },
      value: undefined,
    });
  });

/**
 * Gives the caller a new password and ends its other sessions. A wrong current password is refused like a
 * wrong log-in, and counts as one.
 */
export const changePassword = async (
  deps: Deps,
  caller: Principal,
  given: { readonly current: string; readonly next: string },
): Promise<Result<undefined, Refusal>> => {
  const { store, hashing, clock } = deps;
  const { passwordHash: verified, id } = caller.user;
  const right = await hashing.verifyPassword(given.current, verified);
  if (right && given.next === given.current) return refused(samePassword);
  const passwordHash = right ? await hashing.hashPassword(given.next) : verified;
  return settled(deps, id, async (): Promise<Attempt<undefined>> => {
    const was = await store.users.find(id);
    const now = clock();
    if (was === undefined || isOut(was, now)) return turnedAway;
    if (!right) return ok({ change: failed(deps, was, caller.account, now), value: wrong });
    if (was.passwordHash !== verified) return turnedAway;
    const value = { ...was, passwordHash, failures: 0, lockedUntil: 0 };
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'user', was, value }, ...(await otherSessionsEnd(store, caller))],
        events: [event({ type: 'user-changed', user: id }, { actor: caller.actor, at: now })],
      },
      value: ok(undefined),
    });
  });
};

const samePassword: Refusal = {
  code: 'invalid',
  field: 'next',
  expected: 'a password other than the current one',
  got: 'the same again',
};

/**
 * Sessions cannot be listed, so all tokens go and those that stay are written anew. Each is dropped by name
 * first, so that one revoked meanwhile fails the change rather than coming back.
 */
const otherSessionsEnd = async (store: Store, { user, token }: Principal): Promise<readonly Write[]> => {
  const own = await store.tokens.list(user.id);
  const kept = token.kind === 'session' ? [...own, token] : own;
  return [
    ...kept.map((was): Write => ({ drop: 'token', was })),
    { drop: 'tokens-of', userId: user.id },
    ...kept.map((value): Write => ({ save: 'token', value })),
  ];
};
