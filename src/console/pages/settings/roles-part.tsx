import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '../../../wire/muster/roles.ts';
import { rolesQuery, useSettingsChange } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { plural } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { nothingMore } from './nothing-more.ts';
import { RoleDialog } from './role-dialog.tsx';

type Asked =
  | { readonly kind: 'new'; readonly like?: Role }
  | { readonly kind: 'edit' | 'delete'; readonly role: Role };

const DeleteRole = ({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) => {
  const remove = useSettingsChange(
    ({ client }) => client.deleteRole({ params: { role: role.id }, expected: role.revision }),
    () => {
      notifications.show({ message: `${role.name} is deleted` });
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Delete ${role.name}`}
      action="Delete"
      isGrave
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      Only a role that nobody has can be deleted.
    </FormDialog>
  );
};

/** What people can be allowed, in bundles. */
export const RolesPart = () => {
  const may = useMay();
  const query = useQuery(rolesQuery(useApi()));
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const columns: readonly Column<Role>[] = [
    { ...{ name: 'name', header: 'Role', width: 'minmax(110px, 2fr)' }, cell: ({ name }) => name },
    {
      ...{ name: 'permissions', header: 'Allows', width: 'minmax(100px, 2fr)' },
      cell: ({ permissions }) => (
        <span title={permissions.join(', ')}>{plural(permissions.length, 'thing')}</span>
      ),
    },
    {
      ...{ name: 'origin', header: 'Made by', width: '110px', wide: true },
      cell: ({ builtIn }) => (builtIn ? 'Muster' : 'people'),
    },
    {
      ...{ name: 'actions', header: 'Actions', width: '140px', align: 'right' },
      cell: (role) => (
        <>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={`${may('Edit Role') ? 'Edit' : 'Look at'} ${role.name}`}
            onClick={() => setAsked({ kind: 'edit', role })}
          >
            {may('Edit Role') ? 'Edit' : 'Look'}
          </Button>
          <ActionButton
            reason={whyMayNot(may, 'Delete Role')}
            size="compact-sm"
            variant="subtle"
            color="red"
            aria-label={`Delete ${role.name}`}
            onClick={() => setAsked({ kind: 'delete', role })}
          >
            Delete
          </ActionButton>
        </>
      ),
    },
  ];
  return (
    <Section
      title="Roles"
      aside={
        <ActionButton
          reason={whyMayNot(may, 'Create Role')}
          size="xs"
          onClick={() => setAsked({ kind: 'new' })}
        >
          New role
        </ActionButton>
      }
    >
      <Loaded query={query} what="the roles">
        {({ items }) => (
          <DataTable label="Roles" columns={columns} rows={items} idOf={({ id }) => id} {...nothingMore} />
        )}
      </Loaded>
      {asked?.kind === 'new' && <RoleDialog onClose={close} />}
      {asked?.kind === 'edit' && <RoleDialog role={asked.role} onClose={close} />}
      {asked?.kind === 'delete' && <DeleteRole role={asked.role} onClose={close} />}
    </Section>
  );
};
