import { DEFAULT_ACCOUNT } from '../domain/ids.ts';
import { defaultDeviceAccess, type Role, type User } from './account-records.ts';
import { event } from './change.ts';
import type { Actor } from './event-records.ts';
import { defaultRoles } from './permissions.ts';
import type { Clock, Hashing, Ids, Store } from './ports.ts';
import { firstPassword } from './set-up.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids; readonly hashing: Hashing };

const server: Actor = { kind: 'server' };

/** The roles a new account begins with, ready to be written. */
export const newRoles = ({ ids, clock }: Pick<Deps, 'ids' | 'clock'>): readonly Role[] =>
  defaultRoles.map(({ name, permissions }) => ({
    id: ids.uuid(),
    name,
    permissions,
    builtIn: true,
    createdAt: clock(),
  }));

/**
 * On an empty store: the account `DEFAULT` and an administrator of everything. Answers the password that was
 * made up when none was given, to be shown once; `undefined` when there is nothing to show.
 */
export const firstStart = async (
  deps: Deps,
  admin: { readonly email: string; readonly password?: string },
): Promise<string | undefined> => {
  const { store, clock, ids, hashing } = deps;
  if ((await store.users.count()) > 0) return undefined;
  const now = clock();
  const password = admin.password ?? ids.secret(18);
  const userId = ids.uuid();
  const roles = newRoles(deps);
  const user: User = {
    id: userId,
    email: admin.email.toLowerCase(),
    name: 'Administrator',
    passwordHash: await hashing.hashPassword(password),
    serverAdministrator: true,
    disabled: false,
    failures: 0,
    lockedUntil: 0,
    createdAt: now,
  };
  const writes: Write[] = [
    {
      save: 'account',
      value: {
        id: DEFAULT_ACCOUNT,
        name: 'Default',
        approvalPolicy: 'none',
        settings: {},
        deviceAccess: defaultDeviceAccess,
        freezes: [],
        createdAt: now,
      },
    },
    ...roles.map((value): Write => ({ save: 'role', value })),
    { save: 'user', value: user },
    { save: 'membership', value: { userId, roleIds: roles.slice(0, 1).map(({ id }) => id) } },
    ...(admin.password === undefined
      ? [{ save: 'document', value: firstPassword(hashing, user) } satisfies Write]
      : []),
  ];
  const by = { actor: server, at: now };
  const committed = await store.commit({
    account: null,
    writes,
    events: [event({ type: 'account-created' }, by), event({ type: 'user-added', user: userId }, by)],
  });
  // Another server on the same empty database was first; its administrator is the one that counts.
  if (!committed.ok) return undefined;
  return admin.password === undefined ? password : undefined;
};
