import { DAY, type Instant } from '../domain/time.ts';
import type { StoredToken, Token } from './account-records.ts';
import type { Hashing, Ids, Store } from './ports.ts';
import { newSecret } from './secrets.ts';

type Deps = { readonly ids: Ids; readonly hashing: Pick<Hashing, 'sha256'> };

/** A secret that is known only now, and when it ends. */
export type Issued = { readonly secret: string; readonly expiresAt: Instant };

/** How long refresh tokens of sessions of this length live, in milliseconds. */
export const refreshTtl = (sessionTtl: number): number => Math.max(30 * DAY, 10 * sessionTtl);

/** A session, or the refresh token that opens more of them: what it is for, and how long it lives. */
export type Opening = Pick<Token, 'kind' | 'userId' | 'accountId' | 'name' | 'permissions'> & {
  readonly ttl: number;
};

/** A token as it is kept, and the secret that is shown once. */
export const newToken = (
  { ids, hashing }: Deps,
  { ttl, ...given }: Opening,
  now: Instant,
): Issued & { readonly token: Token } => {
  const { id, secret } = newSecret(ids, hashing);
  const expiresAt = now + ttl;
  const hash = hashing.sha256(secret);
  return { secret, expiresAt, token: { ...given, id, hash, createdAt: now, expiresAt, lastUsedAt: now } };
};

/** The refresh token that a session ends with, if it has one that is still there. */
export const refreshOf = async (store: Store, session: StoredToken): Promise<StoredToken | undefined> => {
  if (session.kind !== 'session' || session.name === '') return undefined;
  const found = await store.tokens.find(session.name);
  return found?.kind === 'refresh' && found.userId === session.userId ? found : undefined;
};
