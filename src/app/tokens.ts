import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredToken, Token } from './account-records.ts';
import { event, save } from './change.ts';
import type { Page, PageRequest } from './lists.ts';
import { pageThrough } from './page-through.ts';
import type { Permission } from './permissions.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { checkHeld, parsePermissions } from './rights.ts';
import { newSecret } from './secrets.ts';
import type { Principal } from './sign-in.ts';

type Deps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
};

export type TokenInput = {
  readonly name: string;
  /** `undefined` is all the caller may, now and later. */
  readonly permissions: readonly string[] | undefined;
  /** `undefined` is never, or when the caller's own API token ends. */
  readonly expiresAt: Instant | undefined;
  /** Whether it works in the caller's account only. */
  readonly bound: boolean;
};

export type IssuedToken = { readonly token: StoredToken; readonly secret: string };

const about = (id: string) => ({ entity: 'token', id }) as const;

/** A caller with a token of one account has no business with tokens of others. */
const isInReach = ({ user, token: own }: Principal, { kind, userId, accountId }: StoredToken): boolean =>
  kind === 'api' && userId === user.id && (own.accountId === null || own.accountId === accountId);

/** The caller's own API tokens, oldest first. */
export const listTokens = async (
  { store }: Pick<Deps, 'store'>,
  caller: Principal,
  page: PageRequest,
): Promise<Page<StoredToken>> => {
  const tokens = await store.tokens.list(caller.user.id);
  return pageThrough(
    tokens.filter((token) => isInReach(caller, token)),
    page,
  );
};

/** An API token of the caller's by its id. */
export const getToken = async (
  { store }: Pick<Deps, 'store'>,
  caller: Principal,
  id: string,
): Promise<Result<StoredToken, Refusal>> => {
  const found = await store.tokens.find(id);
  return found === undefined || !isInReach(caller, found)
    ? refused({ code: 'not-found', ...about(id) })
    : ok(found);
};

/**
 * Issues an API token to the caller: no more permissions, no more accounts and, from another API token, no
 * more time than the caller has. The secret is known only now.
 */
export const createToken = async (
  deps: Deps,
  caller: Principal,
  input: TokenInput,
): Promise<Result<IssuedToken, Refusal>> => {
  const { store, clock, ids, hashing } = deps;
  const now = clock();
  const permissions = permissionsFor(caller, input.permissions);
  if (!permissions.ok) return permissions;
  const expiresAt = expiryFor(caller, input.expiresAt, now);
  if (!expiresAt.ok) return expiresAt;
  const accountId = input.bound ? caller.account.id : null;
  if (accountId === null && caller.token.accountId !== null) return refused(boundItself);
  const { id, secret } = newSecret(ids, hashing);
  const value: Token = {
    id,
    hash: hashing.sha256(secret),
    kind: 'api',
    userId: caller.user.id,
    accountId,
    name: input.name,
    permissions: permissions.value,
    createdAt: now,
    expiresAt: expiresAt.value,
    lastUsedAt: 0,
  };
  return save(store, about(id), async () =>
    ok({
      change: {
        account: caller.account.key,
        writes: [{ save: 'token', value }],
        events: [event({ type: 'token-issued', id, kind: 'api' }, { actor: caller.actor, at: now })],
      },
      value: { token: { ...value, version: 1 }, secret },
    }),
  );
};

const boundItself: Refusal = {
  code: 'invalid',
  field: 'account',
  expected: 'true, since the token of this call is bound to its account',
  got: 'false',
};

const permissionsFor = (
  caller: Principal,
  names: readonly string[] | undefined,
): Result<readonly Permission[] | null, Refusal> => {
  if (names === undefined) return ok(caller.token.permissions);
  const parsed = parsePermissions(names);
  if (!parsed.ok) return parsed;
  const missing = checkHeld(caller, parsed.value);
  return missing === undefined ? parsed : refused(missing);
};

const expiryFor = (
  { token }: Principal,
  asked: Instant | undefined,
  now: Instant,
): Result<Instant | null, Refusal> => {
  const latest = token.kind === 'api' ? token.expiresAt : null;
  if (asked === undefined) return ok(latest);
  if (asked > now && (latest === null || asked <= latest)) return ok(asked);
  const shown = new Date(asked).toISOString();
  const expected =
    latest === null || asked <= now
      ? 'an instant in the future'
      : `no later than the token of this call, ${new Date(latest).toISOString()}`;
  return refused({ code: 'invalid', field: 'expiresAt', expected, got: shown });
};

/** Ends an API token of the caller's at once. */
export const revokeToken = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Principal,
  id: string,
): Promise<Result<undefined, Refusal>> =>
  save(deps.store, about(id), async () => {
    const found = await getToken(deps, caller, id);
    if (!found.ok) return found;
    return ok({
      change: {
        account: caller.account.key,
        writes: [{ drop: 'token', was: found.value }],
        events: [event({ type: 'token-revoked', id }, { actor: caller.actor, at: deps.clock() })],
      },
      value: undefined,
    });
  });
