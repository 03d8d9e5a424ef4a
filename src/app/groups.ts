import type { Refusal } from '../domain/refusal.ts';
import { ok, type Result, refused } from '../domain/result.ts';
import type { StoredRole } from './account-records.ts';
import { type Caller, signatureOf } from './caller.ts';
import { event, type Planned, save } from './change.ts';
import { checkMoves, moveEvents, movesOf, moveWrites } from './group-moves.ts';
import { GROUP_KIND, groupWrite, type House, readHouse } from './group-record.ts';
import type { Group, StoredGroup } from './group-roles.ts';
import type { Slice, Sliced } from './lists.ts';
import type { Clock, Ids, Store } from './ports.ts';
import { sliceThrough } from './slice-through.ts';
import type { Write } from './writes.ts';

type Deps = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** Absent fields stay as they are; lists are all of them at once. */
export type GroupPatch = { readonly [Field in Exclude<keyof Group, 'id'>]?: Group[Field] | undefined };
export type GroupInput = Omit<Group, 'id'>;

/** A group and the roles it gives. */
export type ShownGroup = StoredGroup & { readonly roles: readonly StoredRole[] };

const about = (id: string) => ({ entity: 'document', id }) as const;

/** Shows groups of an account with their roles. */
export const shownIn =
  ({ roles }: House) =>
  (group: StoredGroup): ShownGroup => ({
    ...group,
    roles: roles.filter(({ id }) => group.roleIds.includes(id)),
  });

/** The groups of the caller's account, as a page by its place. */
export const sliceGroups = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  slice: Slice,
): Promise<Sliced<ShownGroup>> => {
  const house = await readHouse(store, caller.account.key);
  return sliceThrough(house.groups.map(shownIn(house)), slice, ({ name }) => name);
};

const findIn = (house: House, id: string): Result<StoredGroup, Refusal> => {
  const found = house.groups.find((group) => group.id === id);
  return found === undefined ? refused({ code: 'not-found', ...about(id) }) : ok(found);
};

/** A group of the caller's account by its id. */
export const getGroup = async (
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
  id: string,
): Promise<Result<ShownGroup, Refusal>> => {
  const house = await readHouse(store, caller.account.key);
  const found = findIn(house, id);
  return found.ok ? ok(shownIn(house)(found.value)) : found;
};

const unknownId = (field: string, expected: string, id: string) =>
  refused<Refusal>({ code: 'invalid', field, expected, got: JSON.stringify(id) });

const checkKnown = (
  house: House,
  { name, roleIds, userIds }: GroupPatch,
  id: string,
): Result<undefined, Refusal> => {
  const folded = name?.toLowerCase();
  const taken = house.groups.some((group) => group.id !== id && group.name.toLowerCase() === folded);
  if (name !== undefined && taken) return refused({ code: 'already-exists', ...about(name) });
  const role = roleIds?.find((id) => !house.roles.some((known) => known.id === id));
  if (role !== undefined) return unknownId('roleIds', 'ids of roles of this account', role);
  const user = userIds?.find((id) => !house.people.some((known) => known.id === id));
  if (user !== undefined) return unknownId('userIds', 'ids of people of this account', user);
  return ok(undefined);
};

/** What a group that is made, changed or dropped writes: its document, and the roles of the people concerned. */
const planOf = (
  deps: Pick<Deps, 'clock'>,
  caller: Caller,
  house: House,
  was: StoredGroup | undefined,
  next: Group | undefined,
): Result<Planned<string>, Refusal> => {
  const moves = movesOf(house, was, next);
  const listed = next?.roleIds.filter((id) => !was?.roleIds.includes(id)) ?? [];
  const barred = checkMoves(caller, house, moves, listed);
  if (barred !== undefined) return refused(barred);
  const by = { actor: caller.actor, at: deps.clock() };
  const id = was?.id ?? next?.id ?? '';
  return ok({
    change: {
      account: caller.account.key,
      writes: [...documentWrites(caller, was, next, by.at), ...moveWrites(house, moves)],
      events: [
        event({ type: next === undefined ? 'document-deleted' : 'document-saved', kind: GROUP_KIND, id }, by),
        ...moveEvents(moves, by),
      ],
    },
    value: id,
  });
};

const documentWrites = (
  caller: Caller,
  was: StoredGroup | undefined,
  next: Group | undefined,
  now: number,
): readonly Write[] => {
  if (next !== undefined) {
    const made = was?.document ?? { createdBy: signatureOf(caller.actor), createdAt: now };
    return [groupWrite(next, made, now, was?.document)];
  }
  return was === undefined ? [] : [{ drop: 'document', was: was.document }];
};

/** A new group; its name is unique in the account without regard to case. Answers its id. */
export const createGroup = (
  deps: Deps,
  caller: Caller,
  input: GroupInput,
): Promise<Result<string, Refusal>> => {
  const id = deps.ids.uuid();
  return save(deps.store, about(id), async () => {
    const house = await readHouse(deps.store, caller.account.key);
    const known = checkKnown(house, input, id);
    return known.ok ? planOf(deps, caller, house, undefined, { ...input, id }) : known;
  });
};

/** Changes the given fields; whoever joins or leaves gets or loses the roles in the same commit. */
export const editGroup = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
  patch: GroupPatch,
): Promise<Result<string, Refusal>> =>
  save(deps.store, about(id), async () => {
    const house = await readHouse(deps.store, caller.account.key);
    const found = findIn(house, id);
    if (!found.ok) return found;
    const known = checkKnown(house, patch, id);
    if (!known.ok) return known;
    const was = found.value;
    const next = {
      id,
      name: patch.name ?? was.name,
      description: patch.description ?? was.description,
      roleIds: patch.roleIds ?? was.roleIds,
      userIds: patch.userIds ?? was.userIds,
    };
    return planOf(deps, caller, house, was, next);
  });

/** Forgets a group. Its people lose the roles that they had through it alone. */
export const deleteGroup = (
  deps: Pick<Deps, 'store' | 'clock'>,
  caller: Caller,
  id: string,
): Promise<Result<string, Refusal>> =>
  save(deps.store, about(id), async () => {
    const house = await readHouse(deps.store, caller.account.key);
    const found = findIn(house, id);
    return found.ok ? planOf(deps, caller, house, found.value, undefined) : found;
  });
