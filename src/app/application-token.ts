import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result } from '../domain/result.ts';
import type { StoredToken } from './account-records.ts';
import { event, save } from './change.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { type Issued, newToken } from './session-tokens.ts';
import type { Principal } from './sign-in.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

/** What the name of an application's session begins with; the id of the API token that it ends with follows. */
const MARK = 'application:';

/** The name of a session that ends with an API token, or with nothing but its own time. */
export const applicationName = (apiTokenId: string): string => MARK + apiTokenId;

export const isOfApplication = ({ kind, name }: StoredToken): boolean =>
  kind === 'session' && name.startsWith(MARK);

/** Whether what a session was opened with is still there; others need nothing. */
export const isBacked = async (store: Store, token: StoredToken): Promise<boolean> => {
  if (!isOfApplication(token) || token.name === MARK) return true;
  const backing = await store.tokens.find(token.name.slice(MARK.length));
  return backing?.kind === 'api' && backing.userId === token.userId;
};

/**
 * Opens a session for whoever shows an API token: it may no more, reaches no further and lives no longer than that, and
 * `ttl` milliseconds at most.
 */
export const openForApplication = (
  deps: Deps,
  { account, actor, token }: Principal,
  ttl: number,
): Promise<Result<Issued & { readonly id: string }, Refusal>> =>
  save(deps.store, { entity: 'token', id: token.id }, async () => {
    const now = deps.clock();
    const left = token.expiresAt === null ? ttl : Math.min(ttl, token.expiresAt - now);
    const { userId, accountId, permissions } = token;
    const opening = {
      kind: 'session',
      userId,
      accountId,
      permissions,
      name: applicationName(token.id),
    } as const;
    const { token: value, secret, expiresAt } = newToken(deps, { ...opening, ttl: left }, now);
    return ok({
      change: {
        account: account.key,
        writes: [{ save: 'token', value }],
        events: [event({ type: 'token-issued', id: value.id, kind: 'session' }, { actor, at: now })],
      },
      value: { id: value.id, secret, expiresAt },
    });
  });
