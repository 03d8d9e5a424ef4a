import { Checkbox, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { InstantField } from '../../parts/instant-field.tsx';
import { useWho } from '../../session/use-session.ts';
import { PermissionPicker } from './permission-picker.tsx';

type TokenDialogProps = {
  readonly onIssued: (name: string, secret: string) => void;
  readonly onClose: () => void;
};

/** A token of one's own, as narrow as one likes. */
export const TokenDialog = ({ onIssued, onClose }: TokenDialogProps) => {
  const { account } = useWho();
  const [name, setName] = useState('');
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const [here, setHere] = useState(true);
  const [permissions, setPermissions] = useState<readonly string[]>();
  const issue = useSettingsChange(
    ({ client }) =>
      client.createToken({
        body: {
          name,
          account: here,
          ...(expiresAt !== null && { expiresAt }),
          ...(permissions !== undefined && { permissions: [...permissions] }),
        },
      }),
    ({ token }) => onIssued(name, token),
  );
  return (
    <FormDialog
      title="New token"
      action="Issue"
      size={permissions === undefined ? 'md' : 'lg'}
      isBusy={issue.isPending}
      error={issue.error}
      onSubmit={() => issue.mutate()}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="What it is for"
        required
        maxLength={256}
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value)}
        data-autofocus
      />
      <InstantField label="Expires" description="Empty for never" value={expiresAt} onChange={setExpiresAt} />
      <Checkbox
        label={`Works in ${account.name} only`}
        checked={here}
        onChange={({ currentTarget: { checked } }) => setHere(checked)}
      />
      <Switch
        label="Allows only some of what you may"
        checked={permissions !== undefined}
        onChange={({ currentTarget: { checked } }) => setPermissions(checked ? [] : undefined)}
      />
      {permissions !== undefined && <PermissionPicker chosen={permissions} onChange={setPermissions} />}
    </FormDialog>
  );
};
