import { setTimeout as wait } from 'node:timers/promises';
import type { Origin } from '../../app/origin.ts';
import { newDecoy, type SignedIn, signIn } from '../../app/session.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Result } from '../../domain/result.ts';
import type { ThingSpaceDeps } from './plugin.ts';

/**
 * No refused log-in is answered sooner, in milliseconds: noting a known person's failure takes a flush to disk that
 * an unknown one does not need, and the difference would tell who exists.
 */
const REFUSAL_TAKES = 100;

/** Beyond these nobody has a name or a password; such a name is looked up as the empty one, which takes as long. */
const LONGEST = { email: 254, password: 1_024 };

export type Credentials = { readonly email: string; readonly password: string };

const plausible = ({ email, password }: Credentials): Credentials => ({
  email: email.length > LONGEST.email || email.includes('\u0000') ? '' : email,
  password: password.slice(0, LONGEST.password),
});

/** Opens sessions that carry a mark and live for `ttl` milliseconds. */
export type SignIn = (
  credentials: Credentials,
  session: { readonly name: string; readonly ttl: number; readonly origin: Origin },
) => Promise<Result<SignedIn, Refusal>>;

/** One for all that takes passwords here: the hash that unknown people are held against is made once. */
export const createSignIn = (deps: ThingSpaceDeps): SignIn => {
  let decoy: Promise<string> | undefined;
  return async (credentials, { name, ttl, origin }) => {
    decoy ??= newDecoy(deps);
    const soonest = wait(REFUSAL_TAKES, undefined, { ref: false });
    const settings = { ...deps.settings, sessionTtl: ttl };
    const options = { renewable: false, name, origin };
    const result = await signIn({ ...deps, settings }, plausible(credentials), await decoy, options);
    if (!result.ok) await soonest;
    return result;
  };
};
