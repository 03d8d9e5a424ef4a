import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { User } from '../../../wire/muster/users.ts';
import { rolesQuery, usersQuery } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { instant } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { nothingMore } from './nothing-more.ts';
import { PersonDialog } from './person-dialog.tsx';
import { RemovePerson } from './remove-person.tsx';

const standing = ({ disabled, lockedUntil }: User): string => {
  if (disabled) return 'Disabled';
  return lockedUntil === null ? 'Active' : `Locked until ${instant(lockedUntil)}`;
};

type Asked = { readonly kind: 'new' } | { readonly kind: 'edit' | 'remove'; readonly user: User };

/** Who is in the account, and what each may do. */
export const PeoplePart = () => {
  const api = useApi();
  const may = useMay();
  const query = useQuery(usersQuery(api));
  const roles = useQuery({ ...rolesQuery(api), enabled: may('View Role') });
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const nameOf = (id: string): string => roles.data?.items.find((role) => role.id === id)?.name ?? id;
  const columns: readonly Column<User>[] = [
    { ...{ name: 'name', header: 'Name', width: 'minmax(110px, 2fr)' }, cell: ({ name }) => name },
    {
      ...{ name: 'email', header: 'E-mail', width: 'minmax(140px, 2fr)', wide: true },
      cell: ({ email }) => email,
    },
    {
      ...{ name: 'roles', header: 'Roles', width: 'minmax(90px, 2fr)' },
      cell: ({ roleIds, serverAdministrator }) =>
        [...(serverAdministrator ? ['Server administrator'] : []), ...roleIds.map(nameOf)].join(', ') ||
        'none',
    },
    { ...{ name: 'standing', header: 'State', width: 'minmax(80px, 1fr)', wide: true }, cell: standing },
    {
      ...{ name: 'actions', header: 'Actions', width: '148px', align: 'right' },
      cell: (user) => (
        <>
          <ActionButton
            reason={whyMayNot(may, 'Edit User')}
            size="compact-sm"
            variant="subtle"
            aria-label={`Edit ${user.name}`}
            onClick={() => setAsked({ kind: 'edit', user })}
          >
            Edit
          </ActionButton>
          <ActionButton
            reason={whyMayNot(may, 'Delete User')}
            size="compact-sm"
            variant="subtle"
            color="red"
            aria-label={`Remove ${user.name}`}
            onClick={() => setAsked({ kind: 'remove', user })}
          >
            Remove
          </ActionButton>
        </>
      ),
    },
  ];
  const known = roles.data?.items ?? [];
  return (
    <Section
      title="People"
      aside={
        <ActionButton
          reason={whyMayNot(may, 'Create User')}
          size="xs"
          onClick={() => setAsked({ kind: 'new' })}
        >
          Add somebody
        </ActionButton>
      }
    >
      <Stack gap="sm">
        <Loaded query={query} what="the people">
          {({ items }) => (
            <DataTable label="People" columns={columns} rows={items} idOf={({ id }) => id} {...nothingMore} />
          )}
        </Loaded>
      </Stack>
      {asked?.kind === 'new' && <PersonDialog roles={known} onClose={close} />}
      {asked?.kind === 'edit' && <PersonDialog user={asked.user} roles={known} onClose={close} />}
      {asked?.kind === 'remove' && <RemovePerson user={asked.user} onClose={close} />}
    </Section>
  );
};
