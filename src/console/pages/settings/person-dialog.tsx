import { Checkbox, MultiSelect, PasswordInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Role } from '../../../wire/muster/roles.ts';
import type { User } from '../../../wire/muster/users.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import type { Api } from '../../session/use-session.ts';

const SHORTEST = 12;

type PersonDialogProps = {
  readonly user?: User;
  readonly roles: readonly Role[];
  readonly onClose: () => void;
};

type Form = {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly roleIds: readonly string[];
  readonly disabled: boolean;
};

/** Only what was changed is said: name and password hold in other accounts too, where it takes more to change them. */
const save = ({ client }: Api, user: User | undefined, form: Form): Promise<User> => {
  const { email, name, password, disabled } = form;
  const roleIds = [...form.roleIds];
  const withPassword = password === '' ? {} : { password };
  if (user === undefined) return client.createUser({ body: { email, name, roleIds, ...withPassword } });
  return client.editUser({
    params: { user: user.id },
    expected: user.revision,
    body: {
      ...(name !== user.name && { name }),
      ...(disabled !== user.disabled && { disabled }),
      ...(roleIds.join() !== user.roleIds.join() && { roleIds }),
      ...withPassword,
    },
  });
};

/** Somebody new, or what is known of somebody. */
export const PersonDialog = ({ user, roles, onClose }: PersonDialogProps) => {
  const [form, setForm] = useState<Form>({
    email: user?.email ?? '',
    name: user?.name ?? '',
    password: '',
    roleIds: user?.roleIds ?? [],
    disabled: user?.disabled ?? false,
  });
  const set = (patch: Partial<Form>): void => setForm((now) => ({ ...now, ...patch }));
  const change = useSettingsChange(
    (api, given: Form) => save(api, user, given),
    ({ name }) => {
      notifications.show({ message: user === undefined ? `${name} is in the account` : `${name} is saved` });
      onClose();
    },
  );
  return (
    <FormDialog
      title={user === undefined ? 'Add somebody' : `Edit ${user.name}`}
      action={user === undefined ? 'Add' : 'Save'}
      isBusy={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate(form)}
      onClose={onClose}
    >
      {user === undefined && (
        <TextInput
          type="email"
          label="E-mail address"
          description="Whoever is known here by it already joins with their own name and password"
          required
          maxLength={254}
          autoComplete="off"
          value={form.email}
          onChange={({ currentTarget: { value } }) => set({ email: value })}
          data-autofocus
        />
      )}
      <TextInput
        label="Name"
        required
        maxLength={256}
        autoComplete="off"
        value={form.name}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
      />
      <MultiSelect
        label="Roles"
        placeholder={form.roleIds.length === 0 ? 'None: may see nothing' : ''}
        data={roles.map(({ id, name }) => ({ value: id, label: name }))}
        value={[...form.roleIds]}
        onChange={(roleIds) => set({ roleIds })}
        hidePickedOptions
      />
      <PasswordInput
        label={user === undefined ? 'First password' : 'New password'}
        description={
          user === undefined
            ? `At least ${SHORTEST} characters; without one they cannot sign in yet`
            : 'Empty leaves it. A new one ends all sessions and tokens of this person'
        }
        minLength={SHORTEST}
        maxLength={128}
        autoComplete="new-password"
        value={form.password}
        onChange={({ currentTarget: { value } }) => set({ password: value })}
      />
      {user !== undefined && (
        <Checkbox
          label="Disabled: cannot sign in; sessions and tokens end"
          checked={form.disabled}
          onChange={({ currentTarget: { checked } }) => set({ disabled: checked })}
        />
      )}
    </FormDialog>
  );
};
