import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredRole } from './account-records.ts';
import type { Caller } from './caller.ts';
import { groupWrite, type House, readHouse, toGroup } from './group-record.ts';
import { directRoles, groupsOf, type Holder, rolesWith, type StoredGroup } from './group-roles.ts';
import { type ShownGroup, shownIn } from './groups.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Placing, StoredMember } from './people.ts';
import type { Clock, Store } from './ports.ts';
import { sliceThrough } from './slice-through.ts';
import type { Write } from './writes.ts';

/** The roles that somebody has of their own, and the groups they belong to. */
export type Seat = { readonly roles: readonly StoredRole[]; readonly groups: readonly ShownGroup[] };
/** Somebody of an account, and how they got their roles. */
export type SeatedPerson = StoredMember & { readonly seat: Seat };

const seatIn = (house: House, holder: Holder): Seat => {
  const direct = directRoles(holder, house.groups);
  return {
    roles: house.roles.filter(({ id }) => direct.includes(id)),
    groups: groupsOf(house.groups, holder).map(shownIn(house)),
  };
};

/** The people of the caller's account, as a page by its place. */
export const sliceSeated = async (
  { store }: { readonly store: Store },
  caller: Caller,
  slice: Slice,
): Promise<Sliced<SeatedPerson>> => {
  const house = await readHouse(store, caller.account.key);
  const { items, total } = sliceThrough(house.people, slice, ({ email }) => email);
  return { items: items.map((person) => ({ ...person, seat: seatIn(house, person) })), total };
};

/** Somebody who belongs to the caller's account, by id. */
export const getSeated = async (
  { store }: { readonly store: Store },
  caller: Caller,
  id: string,
): Promise<Result<SeatedPerson, Refusal>> => {
  const house = await readHouse(store, caller.account.key);
  const person = house.people.find((one) => one.id === id);
  return person === undefined
    ? refused({ code: 'not-found', entity: 'user', id })
    : ok({ ...person, seat: seatIn(house, person) });
};

/** What somebody is given: roles of their own, and the groups they belong to. Absent stays as it is. */
export type Belonging = {
  readonly roleIds?: readonly string[] | undefined;
  readonly groupIds?: readonly string[] | undefined;
};

/** Puts somebody into groups: the roles that they have then, and the changed groups. */
export const placingIn =
  (
    { store, clock }: { readonly store: Store; readonly clock: Clock },
    caller: Caller,
    { roleIds, groupIds }: Belonging,
  ): Placing =>
  async (person) => {
    const { groups } = await readHouse(store, caller.account.key);
    const unknown = groupIds?.find((id) => !groups.some((group) => group.id === id));
    if (unknown !== undefined)
      return refused<Refusal>({
        code: 'invalid',
        field: 'groupIds',
        expected: 'ids of groups of this account',
        got: JSON.stringify(unknown),
      });
    const direct = roleIds ?? directRoles(person, groups);
    const after =
      groupIds === undefined ? groupsOf(groups, person) : groups.filter(({ id }) => groupIds.includes(id));
    const now = clock();
    return ok({
      roleIds: rolesWith(direct, after),
      writes: groups
        .filter((group) => isListed(group, person.id) !== after.includes(group))
        .map((group) => listing(group, person.id, after.includes(group), now)),
    });
  };

/** Also one who has left without it: they must not come back by having the roles again. */
const isListed = ({ document }: StoredGroup, id: string): boolean => toGroup(document).userIds.includes(id);

const listing = (group: StoredGroup, id: string, isIn: boolean, now: number): Write => {
  const others = group.userIds.filter((userId) => userId !== id);
  const userIds = isIn ? [...others, id] : others;
  return groupWrite({ ...group, userIds }, group.document, now, group.document);
};
