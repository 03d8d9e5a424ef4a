import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { GatewayToken, StoredAccount } from './account-records.ts';
import { getAccount } from './accounts.ts';
import { event, save } from './change.ts';
import type { EventBody } from './event-records.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { MOST_VALID, pastExpiry, tooManyValid } from './secret-life.ts';
import { newSecret } from './secrets.ts';
import type { Principal } from './sign-in.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

/** `replacesAfter`: all older tokens end after so many milliseconds; absent, they stay as they are. */
export type GatewayTokenInput = {
  readonly expiresAt: Instant | null;
  readonly replacesAfter?: number | undefined;
};

/** A new gateway token with its secret, which nobody can read again. */
export type IssuedGatewayToken = GatewayToken & { readonly secret: string };

const isValid = ({ expiresAt }: GatewayToken, now: Instant): boolean => expiresAt === null || expiresAt > now;

/** Issues a secret that speaks for every device of an account, and with `replacesAfter` lets the older ones end. */
export const issueGatewayToken = (
  deps: Deps,
  caller: Principal,
  accountId: string,
  input: GatewayTokenInput,
): Promise<Result<IssuedGatewayToken, Refusal>> => {
  const { store, clock, ids, hashing } = deps;
  const { id, secret } = newSecret(ids, hashing);
  return save(store, { entity: 'account', id: accountId }, async () => {
    const found = await getAccount(deps, caller, accountId);
    if (!found.ok) return found;
    const now = clock();
    const value = { id, hash: hashing.sha256(secret), createdAt: now, expiresAt: input.expiresAt };
    if (!isValid(value, now)) return pastExpiry(now);
    // Nobody can use those that have expired, and an account may rotate for ever.
    const before = found.value.deviceAccess.gatewayTokens.filter((token) => isValid(token, now));
    const older = before.map((token) => replaced(token, input, now));
    const valid = older.filter((token) => isValid(token, now));
    if (valid.length >= MOST_VALID)
      return tooManyValid('gatewayTokens', 'replacesAfterSeconds', valid.length);
    const ending = older.filter((token) => !before.includes(token));
    return ok({
      change: withTokens(
        found.value,
        [...valid, value],
        [
          ...ending.map((token) => ({ type: 'gateway-token-revoked', id: token.id }) as const),
          { type: 'gateway-token-issued', id },
        ],
        { actor: caller.actor, at: now },
      ),
      value: { ...value, secret },
    });
  });
};

const withTokens = (
  was: StoredAccount,
  gatewayTokens: readonly GatewayToken[],
  bodies: readonly EventBody[],
  by: Parameters<typeof event>[1],
) => ({
  account: was.key,
  writes: [
    {
      save: 'account',
      was,
      value: { ...was, deviceAccess: { ...was.deviceAccess, gatewayTokens } },
    } as const,
  ],
  events: bodies.map((body) => event(body, by)),
});

/** The same object where nothing changes. */
const replaced = (token: GatewayToken, { replacesAfter }: GatewayTokenInput, now: Instant): GatewayToken => {
  if (replacesAfter === undefined) return token;
  const end = now + replacesAfter;
  return token.expiresAt !== null && token.expiresAt <= end ? token : { ...token, expiresAt: end };
};

/** Revokes a gateway token at once. */
export const revokeGatewayToken = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Principal,
  accountId: string,
  id: string,
): Promise<Result<undefined, Refusal>> =>
  save(deps.store, { entity: 'token', id }, async () => {
    const found = await getAccount(deps, caller, accountId);
    if (!found.ok) return found;
    const { gatewayTokens } = found.value.deviceAccess;
    const rest = gatewayTokens.filter((token) => token.id !== id);
    if (rest.length === gatewayTokens.length) {
      return refused<Refusal>({ code: 'not-found', entity: 'token', id });
    }
    const by = { actor: caller.actor, at: deps.clock() };
    return ok({
      change: withTokens(found.value, rest, [{ type: 'gateway-token-revoked', id }], by),
      value: undefined,
    });
  });
