import { Group, Select, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle, IconBan, IconCircleCheck, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import type { Destination } from '../../../wire/muster/destinations.ts';
import type { Subscription } from '../../../wire/muster/subscriptions.ts';
import {
  campaignDeliveriesQuery,
  destinationsQuery,
  subscriptionsQuery,
} from '../../data/campaign-webhooks.ts';
import { ActionButton, ReasonedIcon } from '../../parts/action.tsx';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Mark } from '../../parts/status.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { plural, sentence } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import styles from './webhooks.module.css';

type Whole = Pick<Campaign, 'id'>;

const State = ({ destination }: { readonly destination: Destination | undefined }) => {
  if (destination === undefined) return null;
  if (destination.disabled !== null)
    return (
      <Mark icon={IconBan} tone="bad">
        Switched off
      </Mark>
    );
  if (destination.failingSince !== null)
    return (
      <Mark icon={IconAlertTriangle} tone="wait">
        Failing
      </Mark>
    );
  return (
    <Mark icon={IconCircleCheck} tone="good">
      Working
    </Mark>
  );
};

const eventsText = ({ only }: Subscription): string =>
  only.length === 0 ? 'everything' : only.map(sentence).join(', ');

const useChange = (said: string) => {
  const queries = useQueryClient();
  const { account } = useApi();
  return {
    onSuccess: async () => {
      notifications.show({ message: said, color: 'green' });
      await queries.invalidateQueries({ queryKey: [account, 'subscriptions'] });
    },
    onError: tellProblem,
  };
};

const End = ({ subscription, name }: { readonly subscription: Subscription; readonly name: string }) => {
  const { client } = useApi();
  const may = useMay();
  const { mutate, isPending } = useMutation({
    mutationFn: () => client.deleteSubscription({ params: { subscription: subscription.id } }),
    ...useChange(`${name} is not told of this campaign any more`),
  });
  return (
    <ReasonedIcon
      reason={whyMayNot(may, 'Delete Notification Definition')}
      variant="subtle"
      color="gray"
      loading={isPending}
      aria-label={`Do not tell ${name} of this campaign any more`}
      onClick={() => mutate()}
    >
      <IconX size={16} aria-hidden />
    </ReasonedIcon>
  );
};

type TellProps = { readonly campaign: string; readonly destinations: readonly Destination[] };

/** Has another destination told of this campaign alone. */
const Tell = ({ campaign, destinations }: TellProps) => {
  const { client } = useApi();
  const may = useMay();
  const [chosen, setChosen] = useState<string | null>(null);
  const { mutate, isPending } = useMutation({
    mutationFn: (destination: string) => client.createSubscription({ body: { destination, campaign } }),
    ...useChange('It is told from now on'),
  });
  return (
    <Group gap="xs" align="flex-end">
      <Select
        label="Tell another destination of this campaign"
        placeholder="Choose one"
        data={destinations.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen}
        onChange={setChosen}
        w={280}
        maw="100%"
      />
      <ActionButton
        reason={
          whyMayNot(may, 'Create Notification Definition') ??
          (chosen === null ? 'No destination is chosen yet.' : undefined)
        }
        variant="default"
        loading={isPending}
        onClick={() => chosen !== null && mutate(chosen, { onSuccess: () => setChosen(null) })}
      >
        Tell it
      </ActionButton>
    </Group>
  );
};

const Told = ({ id }: Whole) => {
  const api = useApi();
  const subscriptions = useQuery(subscriptionsQuery(api));
  const destinations = useQuery(destinationsQuery(api));
  const known = destinations.data?.items ?? [];
  return (
    <Loaded query={subscriptions} what="the webhooks">
      {({ items }) => {
        const about = items.filter(({ campaign }) => campaign === id || campaign === null);
        const others = known.filter((one) => !about.some(({ destination }) => destination === one.id));
        return (
          <Stack gap="md">
            {about.length === 0 ? (
              <Empty
                title="Nobody is told of this campaign"
                action={
                  known.length === 0 ? (
                    <PageLink to="/settings" size="sm">
                      Add a destination in the settings
                    </PageLink>
                  ) : undefined
                }
              >
                A destination is a URL to which the server sends what happens, signed and tried again.
              </Empty>
            ) : (
              <Table verticalSpacing={8} horizontalSpacing={6} className={styles.table}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Destination</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Is told of</Table.Th>
                    <Table.Th aria-label="Actions" w={40} />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {about.map((one) => {
                    const destination = known.find((two) => two.id === one.destination);
                    const name = destination?.name ?? one.destination;
                    return (
                      <Table.Tr key={one.id}>
                        <Table.Td>
                          <Text size="sm" fw={550}>
                            {name}
                          </Text>
                          <Text size="xs" c="dimmed" className={styles.url}>
                            {destination?.url}
                          </Text>
                        </Table.Td>
                        <Table.Td>
                          <State destination={destination} />
                        </Table.Td>
                        <Table.Td>
                          {eventsText(one)}
                          {one.campaign === null && ', of every campaign of the account'}
                          {one.wire !== 'muster' && `, in the form of ${one.wire}`}
                        </Table.Td>
                        <Table.Td>{one.campaign === id && <End subscription={one} name={name} />}</Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </Table>
            )}
            {others.length > 0 && <Tell campaign={id} destinations={others} />}
          </Stack>
        );
      }}
    </Loaded>
  );
};

const Latest = ({ id }: Whole) => {
  const deliveries = useQuery(campaignDeliveriesQuery(useApi(), id));
  return (
    <Loaded query={deliveries} what="the messages">
      {({ items }) =>
        items.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing was sent yet.
          </Text>
        ) : (
          <Table verticalSpacing={6} horizontalSpacing={6} className={styles.table}>
            <Table.Tbody>
              {items.map(({ id: delivery, event, status, tries, createdAt, lastAttempt }) => (
                <Table.Tr key={delivery}>
                  <Table.Td>{sentence(event)}</Table.Td>
                  <Table.Td>
                    {sentence(status === 'dead' ? 'given up' : status)}
                    <Text span size="sm" c="dimmed">
                      {' '}
                      {plural(tries, 'try', 'tries')}
                      {lastAttempt?.problem ? `: ${lastAttempt.problem}` : ''}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right">
                    <When at={createdAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }
    </Loaded>
  );
};

/** Who is told of the campaign, and how the latest messages went. */
export const Webhooks = ({ id }: Whole) => {
  const may = useMay();
  if (!may('View Notification Definition') || !may('View Notification Destination')) {
    return (
      <Empty title="You may not see the webhooks">
        You need the permissions “View Notification Definition” and “View Notification Destination”.
      </Empty>
    );
  }
  return (
    <Stack gap="lg">
      <Section title="Who is told">
        <Told id={id} />
      </Section>
      <Section title="The latest messages">
        <Latest id={id} />
      </Section>
    </Stack>
  );
};
