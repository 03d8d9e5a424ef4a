import type { AccountKey } from '../domain/ids.ts';
import { HOUR, type Instant } from '../domain/time.ts';
import type { StoredAccount, StoredToken, User } from './account-records.ts';
import type { AuditNote } from './audit-entry.ts';
import type { Caller } from './caller.ts';
import type { Actor } from './event-records.ts';
import type { Origin } from './origin.ts';
import type { Clock, Store } from './ports.ts';
import type { Change } from './writes.ts';

type Deps = { readonly store: Pick<Store, 'commit'>; readonly clock: Clock };

const about = { campaign: null, device: null, changes: [] } as const;

/** A change that writes nothing but to the audit. */
const only = (account: AccountKey, note: AuditNote): Change => ({
  account,
  writes: [],
  events: [],
  audit: [note],
});

/** Somebody as whom a person may be taken before they have shown anything: the server tells of it. */
const stranger = (origin: Origin | undefined): Actor => ({ kind: 'user', id: '', origin });

/** Somebody has signed in. */
export const signedIn = (user: User, origin: Origin | undefined, at: Instant): AuditNote => ({
  ...about,
  at,
  actor: { kind: 'user', id: user.id, origin },
  action: 'signed-in',
  object: { kind: 'user', id: user.id },
  data: {},
});

export type SignInProblem = 'wrong-password' | 'locked-out' | 'disabled' | 'unknown' | 'no-account';

/** Somebody wanted to be this person and was turned away. Nobody knows who it was. */
export const signInFailed = (
  given: { readonly user: Pick<User, 'id'> | undefined; readonly email: string },
  because: SignInProblem,
  origin: Origin | undefined,
  at: Instant,
): AuditNote => ({
  ...about,
  at,
  actor: stranger(origin),
  action: 'sign-in-failed',
  object: { kind: 'user', id: given.user?.id ?? '' },
  // What is no address may be a password in the wrong field.
  data: { because, ...(isAddress(given.email) && { email: given.email.toLowerCase() }) },
});

const isAddress = (text: string): boolean => text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text);

/** Somebody is unknown, so that no account is theirs: the first one, whose people run the server, is told. */
export const noteStranger = async (
  { store, clock }: { readonly store: Pick<Store, 'commit' | 'accounts'>; readonly clock: Clock },
  email: string,
  because: 'unknown' | 'no-account',
  origin: Origin | undefined,
): Promise<void> => {
  const [first] = (await store.accounts.list({ after: 0, limit: 1 })).items;
  if (first === undefined) return;
  await store.commit(only(first.key, signInFailed({ user: undefined, email }, because, origin, clock())));
};

/** What was asked for: the route as its table has it, and the ids in its path. */
export type Asked = {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
};

/** Somebody was refused for lack of a permission. */
export const noteDenied = async (
  { store, clock }: Deps,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  permission: string,
  { route, params }: Asked,
): Promise<void> => {
  if (actor.kind !== 'user') return;
  await store.commit(
    only(account.key, {
      ...about,
      at: clock(),
      actor,
      action: 'denied',
      object: { kind: 'route', id: route },
      data: { permission, params },
    }),
  );
};

/** A token was shown that is none, or has expired; only of the latter it is known whose it was. */
export const noteTokenRefused = async (
  { store, clock }: Deps,
  account: Pick<StoredAccount, 'key'>,
  refused: {
    readonly token: Pick<StoredToken, 'id' | 'userId'> | undefined;
    readonly because: string;
    readonly origin: Origin;
  },
): Promise<void> => {
  const { token, because, origin } = refused;
  const actor: Actor =
    token === undefined
      ? stranger(origin)
      : { kind: 'user', id: token.userId, origin: { ...origin, token: token.id } };
  const object = { kind: 'token', id: token?.id ?? '' } as const;
  const note = { ...about, at: clock(), actor, action: 'token-refused', object, data: { because } };
  await store.commit(only(account.key, note));
};

/** The audit was taken out as a file. */
export const noteExport = async (
  { store, clock }: Deps,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  data: Readonly<Record<string, unknown>>,
): Promise<void> => {
  const object = { kind: 'audit', id: account.id } as const;
  const action = 'audit-exported';
  await store.commit(only(account.key, { ...about, at: clock(), actor, action, object, data }));
};

/** Everything was taken out as a backup, of which the account of whoever did it is told. */
export const noteBackup = async (
  { store, clock }: Deps,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  data: { readonly withKey: boolean },
): Promise<void> => {
  const object = { kind: 'server', id: 'server' } as const;
  await store.commit(
    only(account.key, { ...about, at: clock(), actor, action: 'backup-made', object, data }),
  );
};

/** Somebody had messages sent to a destination: those that went before again, or one to try it. */
export const notePush = async (
  { store, clock }: Deps,
  { account, actor }: Pick<Caller, 'account' | 'actor'>,
  action: 'deliveries-replayed' | 'destination-tested',
  destinationId: string,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const object = { kind: 'destination', id: destinationId } as const;
  await store.commit(only(account.key, { ...about, at: clock(), actor, action, object, data }));
};

const hourOf = (at: Instant): number => Math.floor(at / HOUR);

const MOST_REMEMBERED = 10_000;

/** Notes the use of tokens, once for each token, account and hour. */
export const createUseNotes = ({ store, clock }: Deps) => {
  const noted = new Map<string, number>();

  /** `usedAt` is when the token was last used as far as the store knows. Answers once it is written. */
  return async (
    { account, actor }: Pick<Caller, 'account' | 'actor'>,
    token: { readonly id: string; readonly kind: string },
    usedAt: Instant,
  ): Promise<void> => {
    const now = clock();
    const name = `${account.key} ${token.id}`;
    if (hourOf(usedAt) === hourOf(now) || noted.get(name) === hourOf(now)) return;
    if (noted.size >= MOST_REMEMBERED) noted.clear();
    noted.set(name, hourOf(now));
    try {
      await store.commit(
        only(account.key, {
          ...about,
          at: now,
          actor,
          action: 'token-used',
          object: { kind: 'token', id: token.id },
          data: { kind: token.kind },
        }),
      );
    } catch (error) {
      noted.delete(name);
      throw error;
    }
  };
};
