import { Button, Group, Menu, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { Destination } from '../../../wire/muster/destinations.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { ActionButton, ActionItem } from '../../parts/action.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { When } from '../../parts/when.tsx';
import { useMay } from '../../session/use-session.ts';
import { plural } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { Deliveries } from './deliveries.tsx';
import { DestinationDialog } from './destination-dialog.tsx';
import { DeleteDestination, ReplayDialog, RotateDialog } from './destination-dialogs.tsx';
import { DestinationMark } from './destination-mark.tsx';
import { Fact } from './fact.tsx';
import styles from './settings.module.css';
import { Subscriptions } from './subscriptions.tsx';

type OfDestination = { readonly destination: Destination };

const Facts = ({ destination }: OfDestination) => {
  const { url, order, authentication, signed, olderSecretUntil, retry, disabled, failingSince } = destination;
  return (
    <dl className={styles.facts}>
      <Fact name="URL">{url}</Fact>
      <Fact name="State">
        <DestinationMark destination={destination} />
      </Fact>
      {failingSince !== null && (
        <Fact name="Failing since">
          <When at={failingSince} />
        </Fact>
      )}
      {disabled !== null && (
        <Fact name="Disabled">
          <When at={disabled.at} />
          {disabled.because === '' ? '' : `: ${disabled.because}`}. What would be sent waits.
        </Fact>
      )}
      <Fact name="Signed">
        {signed ? 'with its secret' : 'no'}
        {olderSecretUntil !== null && (
          <>
            , and with the one before (ends <When at={olderSecretUntil} />)
          </>
        )}
      </Fact>
      <Fact name="Authentication">
        {authentication.kind === 'none'
          ? 'none'
          : `${authentication.kind}${authentication.username === null ? '' : ` as ${authentication.username}`}`}
      </Fact>
      <Fact name="Order">{order === 'strict' ? 'about one device in order' : 'as they come'}</Fact>
      <Fact name="Retries">
        {plural(retry.attempts, 'attempt')}, the first pause {retry.intervalSeconds} s
      </Fact>
    </dl>
  );
};

/** Sends a message now and shows what came back. */
const useTest = ({ id }: Destination) =>
  useSettingsChange(({ client }) => client.testDestination({ params: { destination: id } }));

type Asked = 'edit' | 'rotate' | 'replay' | 'delete';

/** One destination: what it is told, what was sent, and what can be done about it. */
export const DestinationView = ({ destination }: OfDestination) => {
  const may = useMay();
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  const test = useTest(destination);
  const turn = useSettingsChange(
    ({ client }) => {
      const input = { params: { destination: destination.id }, expected: destination.revision };
      return destination.disabled === null
        ? client.disableDestination({ ...input, body: {} })
        : client.enableDestination(input);
    },
    ({ disabled }) =>
      void notifications.show({
        message: disabled === null ? 'It is sent to again' : 'Nothing is sent to it',
      }),
  );
  const forbidden = whyMayNot(may, 'Edit Notification Destination');
  return (
    <Stack gap="xl">
      <Section
        title={destination.name}
        aside={
          <PageLink to="/settings" search={{ part: 'webhooks' }}>
            All destinations
          </PageLink>
        }
      >
        <Stack gap="md">
          {destination.description !== '' && <Text size="sm">{destination.description}</Text>}
          <Facts destination={destination} />
          <Group gap="xs">
            <ActionButton reason={forbidden} loading={test.isPending} onClick={() => test.mutate()}>
              Send a test message
            </ActionButton>
            <ActionButton reason={forbidden} variant="default" onClick={() => setAsked('edit')}>
              Edit
            </ActionButton>
            <ActionButton
              reason={forbidden}
              variant="default"
              loading={turn.isPending}
              onClick={() => turn.mutate()}
            >
              {destination.disabled === null ? 'Disable' : 'Enable'}
            </ActionButton>
            <Menu position="bottom-start" shadow="md" width={240}>
              <Menu.Target>
                <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
                  More
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <ActionItem label="Rotate the secret" reason={forbidden} onClick={() => setAsked('rotate')} />
                <ActionItem
                  label="Send again a span of time"
                  reason={forbidden}
                  onClick={() => setAsked('replay')}
                />
                <ActionItem
                  label="Delete"
                  reason={whyMayNot(may, 'Delete Notification Destination')}
                  color="var(--mantine-color-error)"
                  onClick={() => setAsked('delete')}
                />
              </Menu.Dropdown>
            </Menu>
          </Group>
          <ProblemNotice error={test.error ?? turn.error} />
          {test.data !== undefined && (
            <Notice
              tone={test.data.delivered ? 'good' : 'bad'}
              isNews
              title={test.data.delivered ? 'The test message was taken' : 'The test message was not taken'}
            >
              {test.data.status === null ? test.data.problem : `Status ${test.data.status}`}, after{' '}
              {test.data.tookMilliseconds} ms
              {test.data.answer === '' ? '' : `: ${test.data.answer}`}
            </Notice>
          )}
        </Stack>
      </Section>
      {may('View Notification Definition') && <Subscriptions destination={destination} />}
      <Deliveries destination={destination.id} />
      {asked === 'edit' && <DestinationDialog destination={destination} onSaved={close} onClose={close} />}
      {asked === 'rotate' && <RotateDialog destination={destination} onClose={close} />}
      {asked === 'replay' && <ReplayDialog destination={destination} onClose={close} />}
      {asked === 'delete' && <DeleteDestination destination={destination} onClose={close} />}
    </Stack>
  );
};
