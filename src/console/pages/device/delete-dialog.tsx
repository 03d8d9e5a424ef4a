import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';

type DeleteDialogProps = { readonly device: Device; readonly onClose: () => void };

/** Deletes a device; of one that waits to be accepted that is the refusal. */
export const DeleteDialog = ({ device: { id, standing, revision }, onClose }: DeleteDialogProps) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isWaiting = standing === 'waiting';
  const remove = useMutation({
    mutationFn: () => client.deleteDevice({ params: { device: id }, expected: revision }),
    onSuccess: async () => {
      notifications.show({ message: isWaiting ? `${id} is refused` : `${id} is deleted` });
      await navigate({ to: '/devices' });
      await queries.invalidateQueries({ queryKey: keys.devices(account) });
    },
  });
  return (
    <Modal opened onClose={onClose} title={isWaiting ? `Refuse ${id}` : `Delete ${id}`}>
      <Stack>
        <Text size="sm">
          {isWaiting
            ? 'Forgets the device and its credentials. It may register itself again for as long as the settings of the account let it.'
            : 'Forgets the device, its credentials and its history in campaigns. Refused while one of its updates is open.'}
        </Text>
        <ProblemNotice error={remove.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Leave it
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {isWaiting ? 'Refuse' : 'Delete'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
