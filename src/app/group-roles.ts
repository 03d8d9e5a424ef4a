import type { Instant } from '../domain/time.ts';
import type { StoredDocument } from './records.ts';

/** People who have the same roles together. Kept for the wires that have groups; no rule reads them. */
export type Group = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly roleIds: readonly string[];
  readonly userIds: readonly string[];
};

/** A group with the record that it is kept in. */
export type StoredGroup = Group & { readonly updatedAt: Instant; readonly document: StoredDocument };

/** Somebody with the roles they have in an account, direct ones and those of their groups. */
export type Holder = { readonly id: string; readonly roleIds: readonly string[] };

const union = (...lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())];
const without = (ids: readonly string[], taken: readonly string[]): readonly string[] =>
  ids.filter((id) => !taken.includes(id));

/**
 * Whether somebody belongs to a group: it lists them, and they still have all of its roles. Whoever lost one of them
 * elsewhere has left the group.
 */
export const belongs = (group: Group, { id, roleIds }: Holder): boolean =>
  group.userIds.includes(id) && group.roleIds.every((roleId) => roleIds.includes(roleId));

/** The groups that somebody belongs to. */
export const groupsOf = <Some extends Group>(groups: readonly Some[], holder: Holder): readonly Some[] =>
  groups.filter((group) => belongs(group, holder));

/** The roles that somebody has beyond those of their groups. */
export const directRoles = (holder: Holder, groups: readonly Group[]): readonly string[] =>
  without(
    holder.roleIds,
    groupsOf(groups, holder).flatMap(({ roleIds }) => roleIds),
  );

/** The roles that somebody has who has these directly, in these groups. */
export const rolesWith = (direct: readonly string[], groups: readonly Group[]): readonly string[] =>
  union(direct, ...groups.map(({ roleIds }) => roleIds));

/** A group without what its account has no longer. */
export const cleaned = <Some extends Group>(
  group: Some,
  known: { readonly roleIds: ReadonlySet<string>; readonly holders: ReadonlyMap<string, Holder> },
): Some => {
  const roleIds = group.roleIds.filter((id) => known.roleIds.has(id));
  const kept = { ...group, roleIds };
  const userIds = group.userIds.filter((id) => {
    const holder = known.holders.get(id);
    return holder !== undefined && belongs(kept, holder);
  });
  return { ...kept, userIds };
};
