import { createGroup, deleteGroup, editGroup, getGroup, sliceGroups } from '../../app/groups.ts';
import { ok } from '../../domain/result.ts';
import type { groupRoutes } from '../../wire/pulse/people.ts';
import type { Handlers } from './call.ts';
import { emptied, mapped } from './mapped.ts';
import { pagingOf, toPageResponse } from './paging.ts';
import { idOf, toGroup } from './people-map.ts';
import { inWords, named, some } from './phrases.ts';
import type { PulseDeps } from './plugin.ts';

const INVALID_NAME = 'Invalid Group Name';
const INVALID_ROLES = 'Invalid Roles';

const group = { noun: 'group', phrases: { roleIds: INVALID_ROLES, userIds: 'Invalid Users' } };

/** Groups of users. */
export const groupHandlers = (deps: PulseDeps): Handlers<typeof groupRoutes> => ({
  listGroups: async ({ caller, query }) => {
    const paging = pagingOf(query, deps.settings.firstPage);
    const { items, total } = await sliceGroups(deps, caller, paging.slice);
    return ok({ groups: items.map(toGroup(caller.account)), pageInfo: toPageResponse(paging, total) });
  },
  createGroup: async ({ caller, body }) => {
    const input = {
      name: named(body.name, INVALID_NAME),
      description: body.description ?? '',
      roleIds: some(body.roles ?? [], INVALID_ROLES)?.map(idOf) ?? [],
      userIds: body.users?.map(idOf) ?? [],
    };
    return mapped(inWords(await createGroup(deps, caller, input), group), (id) => ({ id }));
  },
  getGroup: async ({ caller, params }) =>
    mapped(inWords(await getGroup(deps, caller, params['groupId'] ?? ''), group), toGroup(caller.account)),
  editGroup: async ({ caller, params, body }) => {
    const patch = {
      name: body.name === undefined ? undefined : named(body.name, INVALID_NAME),
      description: body.description,
      roleIds: some(body.roles, INVALID_ROLES)?.map(idOf),
      userIds: body.users?.map(idOf),
    };
    const edited = await editGroup(deps, caller, params['groupId'] ?? '', patch);
    return mapped(inWords(edited, group), (id) => ({ id }));
  },
  deleteGroup: async ({ caller, params }) =>
    emptied(inWords(await deleteGroup(deps, caller, params['groupId'] ?? ''), group)),
});
