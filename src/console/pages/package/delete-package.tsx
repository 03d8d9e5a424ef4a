import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Package } from '../../../wire/muster/packages.ts';
import { keys } from '../../data/keys.ts';
import { ActionButton } from '../../parts/action.tsx';
import { CampaignName } from '../../parts/campaign-cells.tsx';
import { Notice } from '../../parts/notice.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Loading } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { bytes } from '../../words/format.ts';
import styles from './package.module.css';

type OfPackage = { readonly pack: Package };

/** Says beforehand who still needs it; the server has the last word. */
const Dialog = ({ pack, onClose }: OfPackage & { readonly onClose: () => void }) => {
  const { client, account } = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const users = useQuery({
    queryKey: [...keys.package(account, pack.id), 'users'],
    queryFn: ({ signal }) => client.listPackageCampaigns({ params: { package: pack.id }, signal }),
    staleTime: 0,
  });
  const remove = useMutation({
    mutationFn: () => client.deletePackage({ params: { package: pack.id }, expected: pack.revision }),
    onSuccess: async () => {
      notifications.show({ message: `${pack.name} ${pack.version} is deleted` });
      await navigate({ to: '/packages' });
      await queries.invalidateQueries({ queryKey: keys.packages(account) });
    },
    onError: () => users.refetch(),
  });
  const by = users.data?.items ?? [];
  return (
    <Modal opened onClose={onClose} title={`Delete ${pack.name} ${pack.version}`}>
      <Stack>
        {users.isPending ? (
          <Loading what="who needs it" />
        ) : by.length > 0 ? (
          <Notice tone="wait" title="It cannot be deleted: these may still send it">
            <ul className={styles.needs}>
              {by.map((id) => (
                <li key={id}>
                  <CampaignName id={id} />
                </li>
              ))}
            </ul>
            End or cancel them first.
          </Notice>
        ) : (
          <Text size="sm">
            Deletes what is known of it and its {bytes(pack.size)}. Campaigns that are over keep their
            history.
          </Text>
        )}
        <ProblemNotice error={remove.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Leave it
          </Button>
          <Button
            color="red"
            disabled={users.isPending || by.length > 0}
            loading={remove.isPending}
            onClick={() => remove.mutate()}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};

export const DeletePackage = ({ pack, reason }: OfPackage & { readonly reason: string | undefined }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionButton reason={reason} variant="default" onClick={() => setOpen(true)}>
        Delete
      </ActionButton>
      {isOpen && <Dialog pack={pack} onClose={() => setOpen(false)} />}
    </>
  );
};
