import type { StoredToken } from '../../app/account-records.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import { createToken, getToken, listTokens, revokeToken } from '../../app/tokens.ts';
import { ok } from '../../domain/result.ts';
import type { Token, tokenRoutes } from '../../wire/muster/tokens.ts';
import type { Handlers } from './call.ts';
import { fromInstant, fromPaging, toInstant, toMaybeInstant, toPage, toSeen } from './map.ts';
import { mapped } from './mapped.ts';

const toToken = (token: StoredToken): Token => ({
  id: token.id,
  name: token.name,
  account: token.accountId,
  permissions: token.permissions === null ? null : [...token.permissions],
  createdAt: toInstant(token.createdAt),
  expiresAt: toMaybeInstant(token.expiresAt),
  lastUsedAt: toSeen(token.lastUsedAt),
});

export const tokenHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
}): Handlers<typeof tokenRoutes> => ({
  listTokens: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listTokens(deps, caller, page.value), toToken)) : page;
  },
  createToken: async ({ caller, body }) => {
    const { name, permissions, expiresAt, account = true } = body;
    const input = {
      name,
      permissions,
      expiresAt: expiresAt === undefined ? undefined : fromInstant(expiresAt),
      bound: account,
    };
    return mapped(await createToken(deps, caller, input), ({ token, secret }) => ({
      ...toToken(token),
      token: secret,
    }));
  },
  getToken: async ({ caller, params }) => mapped(await getToken(deps, caller, params.token), toToken),
  revokeToken: ({ caller, params }) => revokeToken(deps, caller, params.token),
});
