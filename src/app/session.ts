import type { Entity, Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredAccount, StoredToken, StoredUser, User } from './account-records.ts';
import { noteStranger, signedIn, signInFailed } from './audit-notes.ts';
import { event, type Planned, save } from './change.ts';
import type { Origin } from './origin.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { readSecret } from './secrets.ts';
import { type Issued, newToken, refreshOf, refreshTtl } from './session-tokens.ts';
import type { Principal } from './sign-in.ts';
import type { Change, Write } from './writes.ts';

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
export type Session = Issued & { readonly user: User; readonly accounts: readonly StoredAccount[] };

/** `refresh` opens more sessions, for whoever asked for one. */
export type SignedIn = Session & { readonly refresh: Issued | null };

type Attempt<Value> = Result<Planned<Result<Value, Refusal>>, Refusal>;

const about = (entity: Entity, id: string) => ({ entity, id });
const wrong = refused<Refusal>({ code: 'unauthenticated', reason: 'invalid' });
const nothing: Change = { account: null, writes: [], events: [] };
/** Refuses, and writes nothing. */
const turnedAway = ok({ change: nothing, value: wrong });

const isOut = (user: User, now: Instant): boolean => user.disabled || user.lockedUntil > now;

/** What a session is to be, and from where it is opened. */
export type SignInOptions = {
  readonly renewable: boolean;
  readonly name?: string;
  readonly origin?: Origin | undefined;
};

/** A hash that no password fits: verifying against it makes unknown people cost what known ones do. */
export const newDecoy = ({ ids, hashing }: Pick<Deps, 'ids' | 'hashing'>): Promise<string> =>
  hashing.hashPassword(ids.secret(32));

/**
 * Opens a session for whoever knows the password. Whatever is wrong (person, password, locked, disabled, no
 * account), the refusal and the hashing done are the same. Failures in a row are counted and lock the person
 * out for a while. A renewable session comes with a refresh token; another may have a name, which marks it.
 */
export const signIn = async (
  deps: Deps,
  given: { readonly email: string; readonly password: string },
  decoy: string,
  { renewable, name = '', origin }: SignInOptions = { renewable: false },
): Promise<Result<SignedIn, Refusal>> => {
  const { store, hashing, clock } = deps;
  const known = await store.users.findByEmail(given.email.toLowerCase());
  const right = await hashing.verifyPassword(given.password, known?.passwordHash ?? decoy);
  if (known === undefined) {
    await noteStranger(deps, given.email, 'unknown', origin);
    return wrong;
  }
  return settled(deps, known.id, async (): Promise<Attempt<SignedIn>> => {
    const [user, accounts] = await Promise.all([store.users.find(known.id), store.accounts.ofUser(known.id)]);
    const now = clock();
    const home = accounts[0];
    if (user === undefined || home === undefined) {
      await noteStranger(deps, given.email, 'no-account', origin);
      return turnedAway;
    }
    if (isOut(user, now)) return ok({ change: shutOut(user, home, origin, now), value: wrong });
    if (!right) return ok({ change: failed(deps, user, home, origin, now), value: wrong });
    if (user.passwordHash !== known.passwordHash) return turnedAway;
    return ok(opened(deps, { user, accounts, home, renewable, name, origin }, now));
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

/** Whoever is disabled or locked out is told nothing else than that they are wrong; the audit knows more. */
const shutOut = (
  user: StoredUser,
  home: StoredAccount,
  origin: Origin | undefined,
  now: Instant,
): Change => ({
  ...nothing,
  account: home.key,
  audit: [signInFailed({ user, email: user.email }, user.disabled ? 'disabled' : 'locked-out', origin, now)],
});

/** One failure more; the last one allowed locks and starts the count again. */
const failed = (
  { settings }: Deps,
  was: StoredUser,
  home: StoredAccount,
  origin: Origin | undefined,
  now: Instant,
): Change => {
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
    audit: [signInFailed({ user: was, email: was.email }, 'wrong-password', origin, now)],
  };
};

const opened = (
  deps: Deps,
  given: {
    readonly user: StoredUser;
    readonly accounts: readonly StoredAccount[];
    readonly home: StoredAccount;
    readonly renewable: boolean;
    readonly name: string;
    readonly origin: Origin | undefined;
  },
  now: Instant,
): Planned<Result<SignedIn, Refusal>> => {
  const { user, accounts, home, renewable, origin } = given;
  const { sessionTtl } = deps.settings;
  const unbound = { userId: user.id, accountId: null, permissions: null };
  const refresh = renewable
    ? newToken(deps, { ...unbound, kind: 'refresh', name: '', ttl: refreshTtl(sessionTtl) }, now)
    : null;
  const name = refresh?.token.id ?? given.name;
  const session = newToken(deps, { ...unbound, kind: 'session', name, ttl: sessionTtl }, now);
  const tokens = refresh === null ? [session.token] : [refresh.token, session.token];
  const by = { actor: { kind: 'user', id: user.id, origin }, at: now } as const;
  const { secret, expiresAt } = session;
  return {
    change: {
      account: home.key,
      writes: [...tokens.map((value): Write => ({ save: 'token', value })), ...cleared(user)],
      events: tokens.map(({ id, kind }) => event({ type: 'token-issued', id, kind }, by)),
      audit: [signedIn(user, origin, now)],
    },
    value: ok({
      ...{ secret, expiresAt, user, accounts },
      refresh: refresh && { secret: refresh.secret, expiresAt: refresh.expiresAt },
    }),
  };
};

/**
 * Opens another session with a refresh token, bound to the same account. The refusal tells that it has expired, and
 * nothing else of what is wrong: not known, not a refresh token, its user disabled or in no account.
 */
export const renewSession = (
  deps: Deps,
  secret: string,
  origin?: Origin,
): Promise<Result<Session, Refusal>> =>
  save(deps.store, about('token', readSecret(secret)?.id ?? ''), async () => {
    const { store, clock } = deps;
    const now = clock();
    const refresh = await findRefresh(deps, secret);
    if (refresh === undefined) return wrong;
    if (refresh.expiresAt !== null && refresh.expiresAt <= now) {
      return refused({ code: 'unauthenticated', reason: 'expired' });
    }
    const [user, reachable] = await Promise.all([
      store.users.find(refresh.userId),
      store.accounts.ofUser(refresh.userId),
    ]);
    const accounts = reachable.filter(({ id }) => refresh.accountId === null || refresh.accountId === id);
    const [home] = accounts;
    if (user === undefined || user.disabled || home === undefined) return wrong;
    const { userId, accountId, permissions, id: name } = refresh;
    const opening = { kind: 'session', userId, accountId, permissions, name } as const;
    const { token, ...issued } = newToken(deps, { ...opening, ttl: deps.settings.sessionTtl }, now);
    const by = { actor: { kind: 'user', id: userId, origin }, at: now } as const;
    return ok({
      change: {
        account: home.key,
        writes: [
          // Saved with it, so that a sign-out at the same moment leaves no session behind.
          { save: 'token', was: refresh, value: { ...refresh, lastUsedAt: now } },
          { save: 'token', value: token },
        ],
        events: [event({ type: 'token-issued', id: token.id, kind: 'session' }, by)],
      },
      value: { ...issued, user, accounts },
    });
  });

const findRefresh = async ({ store, hashing }: Deps, secret: string): Promise<StoredToken | undefined> => {
  const parts = readSecret(secret);
  const found = parts && (await store.tokens.find(parts.id));
  return found?.kind === 'refresh' && hashing.equal(hashing.sha256(secret), found.hash) ? found : undefined;
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

/** Ends the session that was shown, and its refresh token. API tokens are revoked by their id instead. */
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
    const refresh = await refreshOf(store, was);
    const ended = refresh === undefined ? [was] : [was, refresh];
    const by = { actor, at: clock() };
    return ok({
      change: {
        account: account.key,
        writes: ended.map((one): Write => ({ drop: 'token', was: one })),
        events: ended.map(({ id }) => event({ type: 'token-revoked', id }, by)),
      },
      value: undefined,
    });
  });

/**
 * Gives the caller a new password and ends its other sessions, but for one that may be named. A wrong current
 * password is refused like a wrong log-in, and counts as one.
 */
export const changePassword = async (
  deps: Deps,
  caller: Principal,
  given: { readonly current: string; readonly next: string },
  alsoStays?: StoredToken,
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
    const origin = caller.actor.kind === 'user' ? caller.actor.origin : undefined;
    if (!right) return ok({ change: failed(deps, was, caller.account, origin, now), value: wrong });
    if (was.passwordHash !== verified) return turnedAway;
    const value = { ...was, passwordHash, failures: 0, lockedUntil: 0 };
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'user', was, value }, ...(await otherSessionsEnd(store, caller, alsoStays))],
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
const otherSessionsEnd = async (
  store: Store,
  { user, token }: Principal,
  other: StoredToken | undefined,
): Promise<readonly Write[]> => {
  const own = await store.tokens.list(user.id);
  const refresh = await refreshOf(store, token);
  const sessions = [token, ...(other === undefined || other.userId !== user.id ? [] : [other])].filter(
    ({ kind, id }, at, all) => kind === 'session' && all.findIndex((one) => one.id === id) === at,
  );
  const kept = [...own, ...sessions, ...(refresh === undefined ? [] : [refresh])];
  return [
    ...kept.map((was): Write => ({ drop: 'token', was })),
    { drop: 'tokens-of', userId: user.id },
    ...kept.map((value): Write => ({ save: 'token', value })),
  ];
};
