import { TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Role } from '../../../wire/muster/roles.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { useMay } from '../../session/use-session.ts';
import { PermissionPicker } from './permission-picker.tsx';

type RoleDialogProps = { readonly role?: Role; readonly onClose: () => void };

/** A name for a bundle of permissions. */
export const RoleDialog = ({ role, onClose }: RoleDialogProps) => {
  const may = useMay();
  const [name, setName] = useState(role?.name ?? '');
  const [permissions, setPermissions] = useState<readonly string[]>(role?.permissions ?? []);
  const body = { name, permissions: [...permissions] };
  const save = useSettingsChange(
    ({ client }) =>
      role === undefined
        ? client.createRole({ body })
        : client.editRole({ params: { role: role.id }, body, expected: role.revision }),
    () => {
      notifications.show({ message: `${name} is saved` });
      onClose();
    },
  );
  return (
    <FormDialog
      title={role === undefined ? 'New role' : role.name}
      action="Save"
      size="lg"
      isDisabled={role !== undefined && !may('Edit Role')}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        required
        maxLength={256}
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value)}
        data-autofocus
      />
      <PermissionPicker chosen={permissions} onChange={setPermissions} />
    </FormDialog>
  );
};
