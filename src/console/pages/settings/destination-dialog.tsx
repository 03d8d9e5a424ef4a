import { PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Destination } from '../../../wire/muster/destinations.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { bodyOf, type DestinationForm, destinationForm, isKind } from '../../words/destinations.ts';

type DestinationDialogProps = {
  readonly destination?: Destination;
  /** Is told the secret of a new one. */
  readonly onSaved: (secret: string | null) => void;
  readonly onClose: () => void;
};

const kinds = [
  { value: 'keep', label: 'As it is' },
  { value: 'none', label: 'None but the signature' },
  { value: 'basic', label: 'Name and password' },
  { value: 'bearer', label: 'Bearer token' },
];

/** An address that events are sent to, and how it is asked. */
export const DestinationDialog = ({ destination, onSaved, onClose }: DestinationDialogProps) => {
  const [form, setForm] = useState(() => destinationForm(destination));
  const set = (patch: Partial<DestinationForm>): void => setForm((now) => ({ ...now, ...patch }));
  const save = useSettingsChange(
    async ({ client }) => {
      const body = bodyOf(form);
      if (destination === undefined) return (await client.createDestination({ body })).secret;
      const { id, revision } = destination;
      await client.editDestination({ params: { destination: id }, body, expected: revision });
      return null;
    },
    (secret) => {
      notifications.show({ message: `${form.name} is saved` });
      onSaved(secret);
    },
  );
  const text = (field: 'name' | 'url' | 'description' | 'username' | 'trust') => ({
    value: form[field],
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      set({ [field]: value }),
  });
  return (
    <FormDialog
      title={destination === undefined ? 'New destination' : `Edit ${destination.name}`}
      action="Save"
      isBusy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TextInput label="Name" required maxLength={256} {...text('name')} data-autofocus />
      <TextInput
        label="URL"
        description="https:// or http://; addresses that are not public only as far as the operator allows"
        required
        maxLength={2048}
        {...text('url')}
      />
      <Textarea label="Description" autosize minRows={1} maxRows={4} {...text('description')} />
      <Select
        label="Order"
        data={[
          { value: 'strict', label: 'Messages about one device in order' },
          { value: 'none', label: 'As they come: faster when some fail' },
        ]}
        allowDeselect={false}
        value={form.order}
        onChange={(order) => set({ order: order === 'none' ? 'none' : 'strict' })}
      />
      <Select
        label="Authentication"
        data={destination === undefined ? kinds.slice(1) : kinds}
        allowDeselect={false}
        value={form.kind}
        onChange={(kind) => isKind(kind) && set({ kind })}
      />
      {form.kind === 'basic' && <TextInput label="User name" required {...text('username')} />}
      {(form.kind === 'basic' || form.kind === 'bearer') && (
        <PasswordInput
          label={form.kind === 'basic' ? 'Password' : 'Token'}
          description="Not shown again"
          required
          autoComplete="off"
          value={form.secret}
          onChange={({ currentTarget: { value } }) => set({ secret: value })}
        />
      )}
      <Textarea
        label="Trusted certificates"
        description="In PEM form, the only ones trusted; empty for those that everybody trusts"
        autosize
        minRows={1}
        maxRows={6}
        {...text('trust')}
      />
    </FormDialog>
  );
};
