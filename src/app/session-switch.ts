import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredToken } from './account-records.ts';
import { event, save } from './change.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { type Issued, newToken, refreshOf, refreshTtl } from './session-tokens.ts';
import type { Principal } from './sign-in.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly settings: { readonly sessionTtl: number };
};

const about = (id: string) => ({ entity: 'token', id }) as const;
const gone = refused<Refusal>({ code: 'unauthenticated', reason: 'invalid' });

const notASession = refused<Refusal>({
  code: 'invalid',
  field: 'Authorization',
  expected: 'the token of a session, or a user name and a password',
  got: 'an API token, which is not renewed',
});

/** No later than its owner would have to sign in again anyway. */
const limitOf = async (deps: Deps, session: StoredToken): Promise<number> => {
  const refresh = await refreshOf(deps.store, session);
  const latest = refresh === undefined ? session.expiresAt : refresh.expiresAt;
  return latest ?? deps.clock() + refreshTtl(deps.settings.sessionTtl);
};

/**
 * Opens another session beside the one that was shown, with a refresh token of its own: in the same account or, `bound`,
 * for the account that the caller acts in alone. It may no more and lives no longer than the session it comes from could
 * have been renewed.
 */
export const openAnother = (
  deps: Deps,
  caller: Principal,
  { bound }: { readonly bound: boolean },
): Promise<Result<Issued & { readonly refresh: Issued }, Refusal>> =>
  save(deps.store, about(caller.token.id), async () => {
    if (caller.token.kind !== 'session') return notASession;
    const from = await deps.store.tokens.find(caller.token.id);
    if (from === undefined) return gone;
    const now = deps.clock();
    const left = (await limitOf(deps, from)) - now;
    const { userId, permissions } = from;
    const accountId = from.accountId ?? (bound ? caller.account.id : null);
    const same = { userId, permissions, accountId };
    const refresh = newToken(deps, { ...same, kind: 'refresh', name: '', ttl: left }, now);
    const ttl = Math.min(left, deps.settings.sessionTtl);
    const session = newToken(deps, { ...same, kind: 'session', name: refresh.token.id, ttl }, now);
    const by = { actor: caller.actor, at: now };
    return ok({
      change: {
        account: caller.account.key,
        writes: [
          // Saved with it, so that a session that is ended at the same moment opens none.
          { save: 'token', was: from, value: { ...from, lastUsedAt: now } },
          { save: 'token', value: refresh.token },
          { save: 'token', value: session.token },
        ],
        events: [refresh, session].map(({ token: { id, kind } }) =>
          event({ type: 'token-issued', id, kind }, by),
        ),
      },
      value: {
        ...{ secret: session.secret, expiresAt: session.expiresAt },
        refresh: { secret: refresh.secret, expiresAt: refresh.expiresAt },
      },
    });
  });
