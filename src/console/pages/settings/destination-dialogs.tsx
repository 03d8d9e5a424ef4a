import { Checkbox, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Destination } from '../../../wire/muster/destinations.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { InstantField } from '../../parts/instant-field.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { plural } from '../../words/format.ts';

type DialogProps = { readonly destination: Destination; readonly onClose: () => void };

const overlaps = [
  { value: '0', label: 'Ends at once' },
  { value: '3600', label: 'Signs too for an hour' },
  { value: '86400', label: 'Signs too for a day' },
  { value: '604800', label: 'Signs too for a week' },
];

/** A new secret; the one before can go on signing beside it, so that receivers change without a gap. */
export const RotateDialog = ({ destination, onClose }: DialogProps) => {
  const [overlap, setOverlap] = useState('86400');
  const rotate = useSettingsChange(({ client }) =>
    client.rotateDestinationSecret({
      params: { destination: destination.id },
      body: { overlapSeconds: Number(overlap) },
    }),
  );
  const secret = rotate.data?.secret;
  if (secret != null) {
    return (
      <SecretDialog title="New signing secret" secret={secret} onClose={onClose}>
        Signs from now on. Give it to whoever receives for {destination.name}.
      </SecretDialog>
    );
  }
  return (
    <FormDialog
      title="Rotate the secret"
      action="Rotate"
      isBusy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate()}
      onClose={onClose}
    >
      <Select
        label="The secret before"
        data={overlaps}
        allowDeselect={false}
        value={overlap}
        onChange={(value) => value !== null && setOverlap(value)}
      />
    </FormDialog>
  );
};

const HOUR = 3_600_000;

/** Sends again what was settled in a span of time. */
export const ReplayDialog = ({ destination, onClose }: DialogProps) => {
  const [from, setFrom] = useState<string | null>(() => new Date(Date.now() - HOUR).toISOString());
  const [to, setTo] = useState<string | null>(() => new Date(Date.now() + HOUR).toISOString());
  const [withDelivered, setWithDelivered] = useState(false);
  const replay = useSettingsChange(
    ({ client }) =>
      client.replayDestination({
        params: { destination: destination.id },
        body: { from: from ?? '', to: to ?? '', status: withDelivered ? ['dead', 'delivered'] : ['dead'] },
      }),
    ({ count }) => {
      notifications.show({
        message:
          count === 0 ? 'Nothing in that span is to be sent again' : `${plural(count, 'message')} sent again`,
      });
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Send again to ${destination.name}`}
      action="Send again"
      isDisabled={from === null || to === null}
      isBusy={replay.isPending}
      error={replay.error}
      onSubmit={() => replay.mutate()}
      onClose={onClose}
    >
      <Stack gap="sm">
        <Text size="sm">Messages keep their ids, so that a receiver that already has one can tell.</Text>
        <InstantField label="Created from" value={from} onChange={setFrom} />
        <InstantField label="Until" value={to} onChange={setTo} />
        <Checkbox
          label="Also those that were delivered"
          checked={withDelivered}
          onChange={({ currentTarget: { checked } }) => setWithDelivered(checked)}
        />
      </Stack>
    </FormDialog>
  );
};

/** Says what goes with it. */
export const DeleteDestination = ({ destination, onClose }: DialogProps) => {
  const navigate = useNavigate();
  const remove = useSettingsChange(
    ({ client }) =>
      client.deleteDestination({ params: { destination: destination.id }, expected: destination.revision }),
    () => {
      notifications.show({ message: `${destination.name} is deleted` });
      void navigate({ to: '/settings', search: { part: 'webhooks' } });
    },
  );
  return (
    <FormDialog
      title={`Delete ${destination.name}`}
      action="Delete"
      isGrave
      isBusy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <Text size="sm">Its subscriptions go with it, and what still waits to be sent is not sent.</Text>
    </FormDialog>
  );
};
