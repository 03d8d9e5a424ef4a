import { Button, Group, Modal, Stack, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useApi } from '../../session/use-session.ts';

type EditDialogProps = { readonly device: Device; readonly onClose: () => void };

/** What people say of a device; the rest it tells itself. */
export const EditDialog = ({ device, onClose }: EditDialogProps) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState(device.name);
  const [timeZone, setTimeZone] = useState(device.timeZone);
  const [tags, setTags] = useState<readonly string[]>(device.tags);
  const save = useMutation({
    mutationFn: () =>
      client.editDevice({
        params: { device: device.id },
        body: { name: name || null, timeZone: timeZone || null, tags: [...tags] },
        expected: device.revision,
      }),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.device(account, device.id) }),
        queries.invalidateQueries({ queryKey: keys.devices(account) }),
      ]);
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={`Edit ${device.id}`}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            maxLength={256}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label="Time zone"
            description="Windows in the device's own time go by it: Europe/Berlin"
            maxLength={64}
            value={timeZone}
            onChange={({ currentTarget }) => setTimeZone(currentTarget.value)}
          />
          <TagsInput
            label="Tags"
            description="Each with Enter"
            maxTags={64}
            value={[...tags]}
            onChange={setTags}
            acceptValueOnBlur
          />
          <ProblemNotice error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
};
