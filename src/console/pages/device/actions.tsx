import { Button, Code, CopyButton, Group, Menu, Modal, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { campaignListQuery } from '../../data/queries.ts';
import { Notice } from '../../parts/notice.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';

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
        <ProblemNotice error={rotate.error} />
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
        <ProblemNotice error={add.error} />
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

type DialogName = 'rotate' | 'add' | 'edit' | 'delete';

/** What can be done with a device. */
export const DeviceActions = ({ device }: OfDevice) => {
  const { client, account } = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<DialogName>();
  const accept = useMutation({
    mutationFn: () => client.acceptDevice({ params: { device: device.id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.device(account, device.id) }),
    onError: tellProblem,
  });
  const again = () => queries.invalidateQueries({ queryKey: keys.device(account, device.id) });
  const ask = useMutation({
    mutationFn: () => client.askDeviceAttributes({ params: { device: device.id } }),
    onSuccess: () => {
      notifications.show({ message: 'It is asked when it next makes contact' });
      return again();
    },
    onError: tellProblem,
  });
  const agree = useMutation({
    mutationFn: (active: boolean) =>
      client.setDeviceAutoConfirm({ params: { device: device.id }, body: { active } }),
    onSuccess: again,
    onError: tellProblem,
  });
  const close = (): void => setDialog(undefined);
  const isWaiting = device.standing === 'waiting';
  return (
    <>
      {isWaiting && may('Edit Device') && (
        <Button loading={accept.isPending} onClick={() => accept.mutate()}>
          Accept
        </Button>
      )}
      {isWaiting && may('Delete Device') && (
        <Button variant="default" onClick={() => setDialog('delete')}>
          Refuse
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
      {(may('Edit Device') || may('Delete Device')) && (
        <Menu position="bottom-end" width={290} shadow="md">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {may('Edit Device') && (
              <>
                <Menu.Item onClick={() => setDialog('edit')}>Edit name, time zone and tags</Menu.Item>
                <Menu.Item onClick={() => ask.mutate()} disabled={device.attributesDue}>
                  {device.attributesDue ? 'It is asked for its attributes' : 'Ask for its attributes'}
                </Menu.Item>
                <Menu.Item onClick={() => agree.mutate(device.autoConfirm === null)}>
                  {device.autoConfirm === null
                    ? 'Agree to its updates in advance'
                    : 'No longer agree to its updates in advance'}
                </Menu.Item>
              </>
            )}
            {may('Delete Device') && !isWaiting && (
              <Menu.Item color="var(--mantine-color-error)" onClick={() => setDialog('delete')}>
                Delete
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {dialog === 'edit' && <EditDialog device={device} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog device={device} onClose={close} />}
      {dialog === 'rotate' && <RotateDialog device={device} onClose={close} />}
      {dialog === 'add' && <AddDialog device={device} onClose={close} />}
    </>
  );
};
