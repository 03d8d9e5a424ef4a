import type { Refusal } from '../domain/refusal.ts';
import type { StoredUser } from './account-records.ts';
import type { Caller } from './caller.ts';
import { event } from './change.ts';
import type { Actor, NewEvent } from './event-records.ts';
import type { House } from './group-record.ts';
import { directRoles, type Group, groupsOf, rolesWith } from './group-roles.ts';
import type { StoredMember } from './people.ts';
import { checkHeld, isAdministratorRole } from './rights.ts';
import type { Write } from './writes.ts';

/** Somebody whose belonging changes with a group, and the roles they have then. */
export type Move = { readonly person: StoredMember; readonly roleIds: readonly string[] };

const sameIds = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id));

const touched = (was: Group | undefined, next: Group | undefined): ReadonlySet<string> => {
  const [before, after] = [was?.userIds ?? [], next?.userIds ?? []];
  const rolesStay = sameIds(was?.roleIds ?? [], next?.roleIds ?? []);
  const all = [...before, ...after];
  return new Set(rolesStay ? all.filter((id) => !(before.includes(id) && after.includes(id))) : all);
};

/** What becomes of people when one group is made, changed or dropped. */
export const movesOf = (house: House, was: Group | undefined, next: Group | undefined): readonly Move[] => {
  const affected = touched(was, next);
  const others = house.groups.filter(({ id }) => id !== was?.id);
  return house.people
    .filter(({ id }) => affected.has(id))
    .map((person) => {
      const direct = directRoles(person, house.groups);
      const joined = next?.userIds.includes(person.id) ? [next] : [];
      return { person, roleIds: rolesWith(direct, [...groupsOf(others, person), ...joined]) };
    });
};

const administratorOf = ({ roles }: House) => roles.find(isAdministratorRole);

const leavers = (house: House, moves: readonly Move[]): readonly Move[] => {
  const role = administratorOf(house);
  return role === undefined
    ? []
    : moves.filter(({ person, roleIds }) => person.roleIds.includes(role.id) && !roleIds.includes(role.id));
};

const hasAdministrator = (house: House, moves: readonly Move[]): boolean => {
  const role = administratorOf(house);
  const after = new Map(moves.map(({ person, roleIds }) => [person.id, roleIds]));
  return house.people.some(
    ({ id, disabled, roleIds }) =>
      !disabled && role !== undefined && (after.get(id) ?? roleIds).includes(role.id),
  );
};

/** Nobody gives a role whose permissions they do not have, and the last administrator stays one. */
export const checkMoves = (
  caller: Caller,
  house: House,
  moves: readonly Move[],
  listed: readonly string[],
): Refusal | undefined => {
  const given = moves.flatMap(({ person, roleIds }) => roleIds.filter((id) => !person.roleIds.includes(id)));
  const wanted = new Set([...given, ...listed]);
  const missing = checkHeld(
    caller,
    house.roles.filter(({ id }) => wanted.has(id)).flatMap(({ permissions }) => permissions),
  );
  if (missing !== undefined) return missing;
  const [leaver] = leavers(house, moves);
  return leaver === undefined || hasAdministrator(house, moves)
    ? undefined
    : {
        code: 'in-use',
        entity: 'user',
        id: leaver.person.id,
        by: [`the account "${caller.account.id}" as its last administrator`],
      };
};

/**
 * Roles as they are after the moves. Each person is claimed, also one whose roles stay the same, so that of two
 * changes that count on each other's group one is decided again.
 */
export const moveWrites = (house: House, moves: readonly Move[]): readonly Write[] => {
  const role = leavers(house, moves).length > 0 ? administratorOf(house) : undefined;
  return [
    ...moves.flatMap(({ person, roleIds }): readonly Write[] => {
      const { roleIds: had, ...user } = person;
      const claim = claimOf(user);
      return sameIds(had, roleIds)
        ? [claim]
        : [
            claim,
            {
              save: 'membership',
              was: { userId: user.id, roleIds: had },
              value: { userId: user.id, roleIds },
            },
          ];
    }),
    ...(role === undefined ? [] : [{ save: 'role', was: role, value: role } as const]),
  ];
};

/** Writes a person as they are, so that whoever read them before has to read again. */
const claimOf = (user: StoredUser): Write => ({ save: 'user', was: user, value: user });

/** One for each person whose roles changed. */
export const moveEvents = (
  moves: readonly Move[],
  by: { readonly actor: Actor; readonly at: number },
): readonly NewEvent[] =>
  moves
    .filter(({ person, roleIds }) => !sameIds(person.roleIds, roleIds))
    .map(({ person }) => event({ type: 'user-changed', user: person.id }, by));
