import type { StoredRole } from '../../app/account-records.ts';
import { permissions } from '../../app/permissions.ts';
import type { Clock, Ids, Store } from '../../app/ports.ts';
import { createRole, deleteRole, editRole, getRole, listRoles } from '../../app/roles.ts';
import { ok } from '../../domain/result.ts';
import type { Role, roleRoutes } from '../../wire/muster/roles.ts';
import type { Handlers } from './call.ts';
import { fromPaging, toInstant, toPage } from './map.ts';
import { mapped } from './mapped.ts';

const toRole = (role: StoredRole): Role => ({
  id: role.id,
  name: role.name,
  permissions: [...role.permissions],
  builtIn: role.builtIn,
  createdAt: toInstant(role.createdAt),
  revision: role.version,
});

export const roleHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
}): Handlers<typeof roleRoutes> => ({
  listRoles: async ({ caller, query }) => {
    const page = fromPaging(query);
    return page.ok ? ok(toPage(await listRoles(deps, caller, page.value), toRole)) : page;
  },
  createRole: async ({ caller, body, repeatable }) =>
    mapped(await createRole(deps, caller, body, repeatable), toRole),
  getRole: async ({ caller, params }) => mapped(await getRole(deps, caller, params.role), toRole),
  editRole: async ({ caller, params, body, expected }) =>
    mapped(await editRole(deps, caller, params.role, body, expected), toRole),
  deleteRole: ({ caller, params, expected }) => deleteRole(deps, caller, params.role, expected),
  listPermissions: async () =>
    ok({ items: permissions.map((name, number) => ({ name, number })), next: null }),
});
