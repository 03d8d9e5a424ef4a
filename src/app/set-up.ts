import { DEFAULT_ACCOUNT } from '../domain/ids.ts';
import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredAccount, StoredUser, User } from './account-records.ts';
import { event, save } from './change.ts';
import type { Origin } from './origin.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import type { StoredDocument, WireDocument } from './records.ts';
import { type SessionSettings, type SignedIn, signIn } from './session.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly settings: SessionSettings;
};

const DOCUMENT = { kind: 'muster/set-up', id: 'first-password', name: '' } as const;

/** Whose password was made up, and the digest of its hash: another hash is a password that somebody has chosen. */
type Body = { readonly user: string; readonly digest: string };

const digestOf = (hashing: Pick<Hashing, 'sha256'>, user: User): string => hashing.sha256(user.passwordHash);

/** What is kept about an administrator whose password was made up at the first start. */
export const firstPassword = (hashing: Pick<Hashing, 'sha256'>, user: User): WireDocument => ({
  ...DOCUMENT,
  body: { user: user.id, digest: digestOf(hashing, user) } satisfies Body,
  createdBy: user.id,
  createdAt: user.createdAt,
});

type Due = {
  readonly account: StoredAccount;
  readonly document: StoredDocument;
  readonly user: StoredUser;
};

const findDue = async ({ store, hashing }: Pick<Deps, 'store' | 'hashing'>): Promise<Due | undefined> => {
  const account = await store.accounts.find(DEFAULT_ACCOUNT);
  const document = account && (await store.documents.find(account.key, DOCUMENT.kind, DOCUMENT.id));
  if (account === undefined || document === undefined) return undefined;
  // No other code writes this kind of document.
  const { user: id, digest } = document.body as Body;
  const user = await store.users.find(id);
  return user !== undefined && digestOf(hashing, user) === digest ? { account, document, user } : undefined;
};

/** Whether the administrator still has the password that the first start has made up. */
export const isSetUpDue = async (deps: Pick<Deps, 'store' | 'hashing'>): Promise<boolean> =>
  (await findDue(deps)) !== undefined;

export type SetUp = {
  /** The one that the first start has told. */
  readonly password: string;
  readonly next: string;
  readonly email: string;
  readonly name: string;
  /** What the first account is called. */
  readonly account: string;
};

const over: Refusal = { code: 'not-found', entity: 'document', id: DOCUMENT.id };

/**
 * Names the administrator and the first account, replaces the password that was made up, and signs in. Whoever does not
 * know that password is refused like a wrong log-in; once it is replaced there is nothing to set up.
 */
export const setUp = async (
  deps: Deps,
  given: SetUp,
  decoy: string,
  origin: Origin | undefined,
): Promise<Result<SignedIn, Refusal>> => {
  const due = await findDue(deps);
  if (due === undefined) return refused(over);
  if (given.next === given.password) return refused(samePassword);
  const how = { renewable: false, origin };
  // Counts failures and locks out like any other log-in; the session it opens ends with the change below.
  const known = await signIn(deps, { email: due.user.email, password: given.password }, decoy, how);
  if (!known.ok) return known;
  const passwordHash = await deps.hashing.hashPassword(given.next);
  const changed = await replace(deps, given, passwordHash, origin);
  if (!changed.ok) return changed;
  return signIn(deps, { email: given.email, password: given.next }, decoy, how);
};

const samePassword: Refusal = {
  code: 'invalid',
  field: 'next',
  expected: 'a password other than the one that was made up',
  got: 'the same again',
};

const replace = (
  deps: Deps,
  { email, name, account: accountName }: SetUp,
  passwordHash: string,
  origin: Origin | undefined,
): Promise<Result<undefined, Refusal>> =>
  save(deps.store, { entity: 'document', id: DOCUMENT.id }, async () => {
    const due = await findDue(deps);
    if (due === undefined) return refused(over);
    const { account, document, user } = due;
    const by = { actor: { kind: 'user', id: user.id, origin }, at: deps.clock() } as const;
    const value = { ...user, email: email.toLowerCase(), name, passwordHash, failures: 0, lockedUntil: 0 };
    return ok({
      change: {
        account: account.key,
        writes: [
          { save: 'user', was: user, value },
          { drop: 'tokens-of', userId: user.id },
          { save: 'account', was: account, value: { ...account, name: accountName } },
          { drop: 'document', was: document },
        ],
        events: [
          event({ type: 'user-changed', user: user.id }, by),
          event({ type: 'account-changed' }, by),
          event({ type: 'document-deleted', kind: DOCUMENT.kind, id: DOCUMENT.id }, by),
        ],
      },
      value: undefined,
    });
  });
