import { applicationName, openForApplication } from '../../app/application-token.ts';
import type { Origin } from '../../app/origin.ts';
import { readSecret } from '../../app/secrets.ts';
import { createAuthenticate } from '../../app/sign-in.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../../domain/time.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import type { SignIn } from './sign-in.ts';

/** An access token, whose it is, and for how many whole seconds it is good. */
export type AccessToken = { readonly secret: string; readonly userId: string; readonly seconds: number };

type Kept = {
  readonly secret: string;
  readonly id: string;
  readonly userId: string;
  /** What callers are told; it is taken for `LEEWAY` longer, since they do not heal by themselves (reference 2.1). */
  readonly endsAt: Instant;
  /** Of whoever showed a password: what it was checked against. */
  readonly passwordHash: string | null;
};

const LASTS = HOUR;
const LEEWAY = MINUTE;
/** With less than this left a caller gets a new one. */
const FRESH = MINUTE;
const MOST_KEPT = 10_000;

/**
 * Gives out access tokens for a key and a secret: an API token as the secret (with any key), or the e-mail address and
 * the password of a person; `undefined` for others. Within its hour a caller gets the same again, as far as this
 * process remembers it.
 */
export const createAccessTokens = (deps: ThingSpaceDeps, signIn: SignIn) => {
  const { store, clock, ids, hashing } = deps;
  const authenticate = createAuthenticate(deps);
  const kept = new Map<string, Kept>();
  /** Who asks while the answer to the same question is under way gets that. */
  const asked = new Map<string, Promise<AccessToken | undefined>>();
  // Nothing of what a caller showed is kept, but only what nobody else can make of it.
  const pepper = Buffer.from(ids.secret(32), 'base64url').toString('base64');

  const shown = ({ secret, userId, endsAt }: Kept): AccessToken => ({
    secret,
    userId,
    seconds: Math.max(1, Math.floor((endsAt - clock()) / SECOND)),
  });

  const keep = (name: string, token: Kept): AccessToken => {
    for (const [old, { endsAt }] of kept) if (endsAt <= clock() || kept.size >= MOST_KEPT) kept.delete(old);
    kept.set(name, token);
    return shown(token);
  };

  const isGood = async ({ id, endsAt, userId, passwordHash }: Kept): Promise<boolean> => {
    if (endsAt - clock() < FRESH) return false;
    const [token, user] = await Promise.all([store.tokens.find(id), store.users.find(userId)]);
    if (token === undefined || user === undefined || user.disabled || user.lockedUntil > clock())
      return false;
    return passwordHash === null || passwordHash === user.passwordHash;
  };

  const byToken = async (name: string, secret: string, origin: Origin): Promise<AccessToken | undefined> => {
    const principal = await authenticate(secret, undefined, origin);
    if (!principal.ok || principal.value.token.kind !== 'api') return undefined;
    const known = kept.get(name);
    if (known !== undefined && (await isGood(known))) return shown(known);
    const opened = await openForApplication(deps, principal.value, LASTS + LEEWAY);
    if (!opened.ok) return undefined;
    const endsAt = Math.min(opened.value.expiresAt, clock() + LASTS);
    const userId = principal.value.user.id;
    return keep(name, { ...opened.value, endsAt, userId, passwordHash: null });
  };

  const byPassword = async (
    name: string,
    credentials: { readonly email: string; readonly password: string },
    origin: Origin,
  ): Promise<AccessToken | undefined> => {
    const known = kept.get(name);
    if (known !== undefined && (await isGood(known))) return shown(known);
    const opened = await signIn(credentials, { name: applicationName(''), ttl: LASTS + LEEWAY, origin });
    if (!opened.ok) return undefined;
    const { secret, user } = opened.value;
    const { id: userId, passwordHash } = user;
    const id = readSecret(secret)?.id ?? '';
    return keep(name, { secret, id, userId, passwordHash, endsAt: clock() + LASTS });
  };

  return async (key: string, secret: string, origin: Origin): Promise<AccessToken | undefined> => {
    const isToken = readSecret(secret) !== undefined;
    const name = hashing.hmacSha256(pepper, JSON.stringify([isToken ? '' : key, secret]));
    const answer =
      asked.get(name) ??
      (isToken
        ? byToken(name, secret, origin)
        : byPassword(name, { email: key, password: secret }, origin)
      ).finally(() => asked.delete(name));
    asked.set(name, answer);
    return answer;
  };
};
