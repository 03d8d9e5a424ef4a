import type { StoredAccount } from './account-records.ts';
import type { Actor } from './event-records.ts';
import type { Permission } from './permissions.ts';

/** On whose behalf a use case runs, and in which account. Whoever made it has checked the permission. */
export type Caller = {
  readonly account: StoredAccount;
  readonly actor: Actor;
  /** What it may do in this account. */
  readonly permissions: ReadonlySet<Permission>;
};

/** The name under which an actor signs: its id, or `server`. */
export const signatureOf = (actor: Actor): string => (actor.kind === 'server' ? 'server' : actor.id);
