import { Button, Code, CopyButton, Group, Menu, Modal, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Device } from '../../../wire/muster/devices.ts';
import { keys } from '../../data/keys.ts';
import { campaignListQuery, deviceUpdatesQuery } from '../../data/queries.ts';
import { ActionButton, ActionItem } from '../../parts/action.tsx';
import { Notice } from '../../parts/notice.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';
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

/** What can be done with a device; what cannot be done now says why. */
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
  const updates = useQuery(deviceUpdatesQuery({ client, account }, device.id));
  const isUnderWay = updates.data?.items.some(({ outcome }) => outcome === null) ?? false;
  const whyNotEdit = whyMayNot(may, 'Edit Device');
  const whyNotDelete =
    whyMayNot(may, 'Delete Device') ?? (isUnderWay ? 'One of its updates is open.' : undefined);
  return (
    <>
      {isWaiting && (
        <>
          <ActionButton reason={whyNotEdit} loading={accept.isPending} onClick={() => accept.mutate()}>
            Accept
          </ActionButton>
          <ActionButton reason={whyNotDelete} variant="default" onClick={() => setDialog('delete')}>
            Refuse
          </ActionButton>
        </>
      )}
      <ActionButton
        reason={whyMayNot(may, 'Edit Campaign')}
        variant="default"
        onClick={() => setDialog('add')}
      >
        Add to a campaign
      </ActionButton>
      <ActionButton
        reason={whyMayNot(may, 'Create Device Credential')}
        variant="default"
        onClick={() => setDialog('rotate')}
      >
        New credential
      </ActionButton>
      <Menu position="bottom-end" width={290} shadow="md">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <ActionItem
            label="Edit name, time zone and tags"
            reason={whyNotEdit}
            onClick={() => setDialog('edit')}
          />
          <ActionItem
            label="Ask for its attributes"
            reason={
              whyNotEdit ?? (device.attributesDue ? 'It is asked when it next makes contact.' : undefined)
            }
            onClick={() => ask.mutate()}
          />
          <ActionItem
            label={
              device.autoConfirm === null
                ? 'Agree to its updates in advance'
                : 'No longer agree to its updates in advance'
            }
            reason={whyNotEdit}
            onClick={() => agree.mutate(device.autoConfirm === null)}
          />
          {!isWaiting && (
            <ActionItem
              label="Delete"
              reason={whyNotDelete}
              color="var(--mantine-color-error)"
              onClick={() => setDialog('delete')}
            />
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog === 'edit' && <EditDialog device={device} onClose={close} />}
      {dialog === 'delete' && <DeleteDialog device={device} onClose={close} />}
      {dialog === 'rotate' && <RotateDialog device={device} onClose={close} />}
      {dialog === 'add' && <AddDialog device={device} onClose={close} />}
    </>
  );
};
