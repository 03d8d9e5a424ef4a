import type { Repeatable } from '../../app/change.ts';
import {
  createPerson,
  editPerson,
  getPerson,
  listPeople,
  type Member,
  removePerson,
} from '../../app/people.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import { ok } from '../../domain/result.ts';
import type { Instant } from '../../domain/time.ts';
import type { BodyOf } from '../../wire/muster/route.ts';
import type { User, userRoutes } from '../../wire/muster/users.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toUser =
  (now: Instant) =>
  (user: Member): User => ({
    id: user.id,
    email: user.email,
    name: user.name,
    disabled: user.disabled,
    serverAdministrator: user.serverAdministrator,
    lockedUntil: user.lockedUntil > now ? toInstant(user.lockedUntil) : null,
    roleIds: [...user.roleIds],
    createdAt: toInstant(user.createdAt),
    revision: user.version,
  });

type NewUser = BodyOf<(typeof userRoutes)['createUser']>;

/** The digest that is kept must not be one of a password, which could be guessed from it. */
const withoutPassword = (
  repeatable: Repeatable,
  { password, ...rest }: NewUser,
  { sha256 }: Pick<Hashing, 'sha256'>,
): Repeatable =>
  repeatable && {
    key: repeatable.key,
    digest: sha256(JSON.stringify(['POST /users', rest, password !== undefined])),
  };

export const userHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
}): Handlers<typeof userRoutes> => ({
  listUsers: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listPeople(deps, caller, page.value), toUser(deps.clock()))) : page;
  },
  createUser: async ({ caller, body, repeatable }) => {
    const safe = withoutPassword(repeatable, body, deps.hashing);
    return mapped(await createPerson(deps, caller, body, safe), toUser(deps.clock()));
  },
  getUser: async ({ caller, params }) =>
    mapped(await getPerson(deps, caller, params.user), toUser(deps.clock())),
  editUser: async ({ caller, params, body, expected }) =>
    mapped(await editPerson(deps, caller, params.user, body, expected), toUser(deps.clock())),
  deleteUser: ({ caller, params, expected }) => removePerson(deps, caller, params.user, expected),
});
