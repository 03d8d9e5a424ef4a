import type { AccountKey } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { StoredRole } from './account-records.ts';
import { cleaned, type Group, type StoredGroup } from './group-roles.ts';
import type { StoredMember } from './people.ts';
import type { Store } from './ports.ts';
import type { StoredDocument, WireDocument } from './records.ts';
import { readWhole } from './slice-through.ts';
import type { Write } from './writes.ts';

export const GROUP_KIND = 'pulse/group';

type Body = Pick<Group, 'description' | 'roleIds' | 'userIds'> & { readonly updatedAt: Instant };

const empty: Body = { description: '', roleIds: [], userIds: [], updatedAt: 0 };

/** The group in a document of that kind, as it was written. */
export const toGroup = (document: StoredDocument): StoredGroup => {
  const { description, roleIds, userIds, updatedAt } = { ...empty, ...(document.body as Partial<Body>) };
  return { id: document.id, name: document.name, description, roleIds, userIds, updatedAt, document };
};

/** The document that keeps a group from now on. */
export const groupWrite = (
  { id, name, description, roleIds, userIds }: Group,
  made: Pick<WireDocument, 'createdBy' | 'createdAt'>,
  now: Instant,
  was?: StoredDocument,
): Write => ({
  save: 'document',
  ...(was !== undefined && { was }),
  value: {
    kind: GROUP_KIND,
    id,
    name,
    body: { description, roleIds, userIds, updatedAt: now } satisfies Body,
    createdBy: made.createdBy,
    createdAt: made.createdAt,
  },
});

/** What groups of an account are made of; groups without roles and people that are gone. */
export type House = {
  readonly roles: readonly StoredRole[];
  readonly people: readonly StoredMember[];
  readonly groups: readonly StoredGroup[];
};

/** Reads all of it: an account has few roles and groups, and people by the hundred. */
export const readHouse = async (store: Store, account: AccountKey): Promise<House> => {
  const [roles, people, documents] = await Promise.all([
    store.roles.list(account),
    readWhole((page) => store.users.list(account, page)),
    readWhole((page) => store.documents.list(account, GROUP_KIND, page)),
  ]);
  const known = {
    roleIds: new Set(roles.map(({ id }) => id)),
    holders: new Map(people.map((person) => [person.id, person])),
  };
  return { roles, people, groups: documents.map((document) => cleaned(toGroup(document), known)) };
};
