import { Button, Code, CopyButton, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { campaignListQuery } from '../../data/queries.ts';
import { Notice } from '../../parts/notice.tsx';
import { useApi, useMay } from '../../session/use-session.ts';

type OfDevice = { readonly device: Device };
type DialogProps = OfDevice & { readonly onClose: () => void };

const DAY_SECONDS = 86_400;

/** A new secret, shown once; the old ones go on for a day, so that the device can be told meanwhile. */
const RotateDialog = ({ device, onClose }: DialogProps) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () =>
      client.createDeviceCredential({
        params: { device: device.id },
        body: { replacesAfter: DAY_SECONDS },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.device(account, device.id) }),
  });
  const secret = rotate.data?.secret;
  return (
    <Modal opened onClose={onClose} title={`New credential for ${device.id}`}>
      <Stack>
        <Text size="sm">
          Issues a secret for this device. Older ones expire after a day, so that it can be told meanwhile.
        </Text>
        {rotate.error !== null && (
          <Notice tone="bad" isNews>
            {rotate.error.message}
          </Notice>
        )}
        {secret != null && (
          <Notice tone="wait" title="Shown this once">
            <Code block>{secret}</Code>
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button size="xs" mt="xs" variant="default" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Notice>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {secret == null ? 'Leave it' : 'Done'}
          </Button>
          {secret == null && (
            <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
              Issue
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
};

const open = ['draft', 'awaiting-approval', 'approved', 'scheduled', 'running', 'paused', 'stopped'] as const;

/** A device whose update is over begins again. */
const AddDialog = ({ device, onClose }: DialogProps) => {
  const api = useApi();
  const queries = useQueryClient();
  const [campaign, setCampaign] = useState<string | null>(null);
  const { data } = useInfiniteQuery(campaignListQuery(api, { order: 'newest', status: [...open] }));
  const add = useMutation({
    mutationFn: (id: string) =>
      api.client.addCampaignDevices({ params: { campaign: id }, body: { devices: [device.id] } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.device(api.account, device.id) });
      notifications.show({ message: `${device.id} is in the campaign`, color: 'green' });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Add ${device.id} to a campaign`}>
      <Stack>
        <Select
          label="Campaign"
          placeholder="Choose one that is not over"
          searchable
          data={
            data?.pages.flatMap(({ items }) => items.map(({ id, name }) => ({ value: id, label: name }))) ??
            []
          }
          value={campaign}
          onChange={setCampaign}
        />
        <Text size="sm" c="dimmed">
          If its update there is over, the device begins again.
        </Text>
        {add.error !== null && (
          <Notice tone="bad" isNews>
            {add.error.message}
          </Notice>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button
            loading={add.isPending}
            disabled={campaign === null}
            onClick={() => campaign !== null && add.mutate(campaign)}
          >
            Add
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};

/** What can be done with a device. */
export const DeviceActions = ({ device }: OfDevice) => {
  const { client, account } = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<'rotate' | 'add'>();
  const accept = useMutation({
    mutationFn: () => client.acceptDevice({ params: { device: device.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.device(account, device.id) }),
    onError: (error) => notifications.show({ color: 'red', message: error.message }),
  });
  const close = (): void => setDialog(undefined);
  return (
    <>
      {device.standing === 'waiting' && may('Edit Device') && (
        <Button loading={accept.isPending} onClick={() => accept.mutate()}>
          Accept
        </Button>
      )}
      {may('Edit Campaign') && (
        <Button variant="default" onClick={() => setDialog('add')}>
          Add to a campaign
        </Button>
      )}
      {may('Create Device Credential') && (
        <Button variant="default" onClick={() => setDialog('rotate')}>
          New credential
        </Button>
      )}
      {dialog === 'rotate' && <RotateDialog device={device} onClose={close} />}
      {dialog === 'add' && <AddDialog device={device} onClose={close} />}
    </>
  );
};
