import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { User } from '../../../wire/muster/users.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { useWho } from '../../session/use-session.ts';

type RemovePersonProps = { readonly user: User; readonly onClose: () => void };

/** Says what the person loses, and what stays. */
export const RemovePerson = ({ user, onClose }: RemovePersonProps) => {
  const who = useWho();
  const remove = useSettingsChange(
    ({ client }) => client.deleteUser({ params: { user: user.id }, expected: user.revision }),
    () => {
      notifications.show({ message: `${user.name} is removed` });
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Remove ${user.name}`}
      action="Remove"
      isGrave
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        {user.id === who.user.id ? 'You lose' : `${user.email} loses`} access to {who.account.name} at once.
        What was done stays in the history; other accounts are not touched.
      </Text>
    </FormDialog>
  );
};
