import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { StoredAccount, User } from '../../app/records.ts';
import {
  accountsOf,
  changePassword,
  newDecoy,
  type SessionSettings,
  type SignedIn,
  signIn,
  signOut,
} from '../../app/session.ts';
import { ok } from '../../domain/result.ts';
import { originOf } from '../../http/origin.ts';
import type { AccountName, NewSession, Person, sessionRoutes } from '../../wire/muster/session.ts';
import type { Handlers } from './call.ts';
import { toInstant, toMaybeInstant } from './map.ts';
import { mapped } from './mapped.ts';

/**
 * No refused log-in is answered sooner, in milliseconds: noting a known person's failure takes a flush to
 * disk that an unknown one does not need, and the difference would tell who exists.
 */
const REFUSAL_TAKES = 100;

const toPerson = ({ id, email, name, serverAdministrator }: User): Person => ({
  id,
  email,
  name,
  serverAdministrator,
});

const toAccountName = ({ id, name }: StoredAccount): AccountName => ({ id, name });

const toNewSession = ({ secret, expiresAt, user, accounts }: SignedIn): NewSession => ({
  token: secret,
  expiresAt: toInstant(expiresAt),
  user: toPerson(user),
  accounts: accounts.map(toAccountName),
});

export const sessionHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly settings: SessionSettings;
}): Handlers<typeof sessionRoutes> => {
  let decoy: Promise<string> | undefined;
  return {
    signIn: async ({ body, request }) => {
      decoy ??= newDecoy(deps);
      const soonest = wait(REFUSAL_TAKES, undefined, { ref: false });
      const result = await signIn(deps, body, await decoy, {
        renewable: false,
        origin: originOf(request, 'muster'),
      });
      if (!result.ok) await soonest;
      return mapped(result, toNewSession);
    },
    getSession: async ({ caller }) =>
      ok({
        user: toPerson(caller.user),
        account: toAccountName(caller.account),
        permissions: [...caller.permissions].sort(),
        accounts: (await accountsOf(deps, caller)).map(toAccountName),
        expiresAt: toMaybeInstant(caller.token.expiresAt),
      }),
    signOut: ({ caller }) => signOut(deps, caller),
    changePassword: ({ caller, body }) => changePassword(deps, caller, body),
  };
};
