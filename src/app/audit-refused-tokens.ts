import { HOUR } from '../domain/time.ts';
import type { StoredAccount, StoredToken } from './account-records.ts';
import { noteTokenRefused } from './audit-notes.ts';
import type { Origin } from './origin.ts';
import type { Clock, Store } from './ports.ts';
import { readSecret } from './secrets.ts';

type Deps = { readonly store: Pick<Store, 'commit' | 'accounts' | 'tokens'>; readonly clock: Clock };

/** `expired` is said only of a secret that was right once. */
export type TokenProblem = 'invalid' | 'expired';

/** Whoever calls with ever other addresses fills no more of the chain in an hour. */
const MOST_AN_HOUR = 1_000;

const homeOf = async ({ accounts }: Deps['store'], token: StoredToken): Promise<StoredAccount | undefined> =>
  token.accountId === null ? (await accounts.ofUser(token.userId))[0] : await accounts.find(token.accountId);

/**
 * Notes that a token was shown which is none, or no longer: once for each address, API, problem and hour, and for each
 * token that has expired. Of those that nobody knows the first account is told. Never fails, and nobody need wait.
 */
export const createRefusedTokenNotes = (deps: Deps) => {
  const { store, clock } = deps;
  const noted = new Set<string>();
  let hour = 0;

  const isNew = (name: string, now: number): boolean => {
    if (hour !== now) noted.clear();
    hour = now;
    if (noted.has(name) || noted.size >= MOST_AN_HOUR) return false;
    noted.add(name);
    return true;
  };

  return async (secret: string, because: TokenProblem, origin: Origin | undefined): Promise<void> => {
    if (origin === undefined) return;
    const at = clock();
    const id = because === 'expired' ? readSecret(secret)?.id : undefined;
    const name = `${because} ${id ?? ''} ${origin.wire} ${origin.address}`;
    if (!isNew(name, Math.floor(at / HOUR))) return;
    try {
      const token = id === undefined ? undefined : await store.tokens.find(id);
      const home = token && (await homeOf(store, token));
      const account = home ?? (await store.accounts.list({ after: 0, limit: 1 })).items[0];
      if (account === undefined) return;
      await noteTokenRefused(deps, account, { token, because, origin });
    } catch {
      // A store that is down shows itself in the calls that need it; the next one is noted again.
      noted.delete(name);
    }
  };
};
