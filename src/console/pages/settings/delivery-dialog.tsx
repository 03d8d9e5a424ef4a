import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import type { WholeDelivery } from '../../../wire/muster/deliveries.ts';
import { deliveryQuery, useSettingsChange } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { attemptText } from '../../words/destinations.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { DeliveryMark } from './deliveries.tsx';
import { Fact } from './fact.tsx';
import styles from './settings.module.css';

type DeliveryDialogProps = { readonly delivery: string; readonly onClose: () => void };

const readable = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

const Attempts = ({ attempts }: Pick<WholeDelivery, 'attempts'>) =>
  attempts.length === 0 ? (
    <Text size="sm" c="dimmed">
      No attempt yet
    </Text>
  ) : (
    <ul className={styles.rows} aria-label="Attempts">
      {attempts.toReversed().map((attempt) => (
        <li key={attempt.at}>
          <span>
            {attemptText(attempt)}
            {attempt.answer !== '' && (
              <Text size="xs" c="dimmed">
                {attempt.answer}
              </Text>
            )}
          </span>
          <Text size="xs" c="dimmed">
            <When at={attempt.at} />
          </Text>
        </li>
      ))}
    </ul>
  );

/** A message with its attempts, and the way to send it again. */
export const DeliveryDialog = ({ delivery, onClose }: DeliveryDialogProps) => {
  const may = useMay();
  const query = useQuery(deliveryQuery(useApi(), delivery));
  const replay = useSettingsChange(
    ({ client }) => client.replayDelivery({ params: { delivery } }),
    () => void notifications.show({ message: 'It is sent again' }),
  );
  return (
    <Modal opened onClose={onClose} title="A message" size="lg">
      <Loaded query={query} what="the message">
        {(whole) => (
          <Stack gap="sm">
            <dl className={styles.facts}>
              <Fact name="Event">
                {whole.event}, number {whole.seq}
              </Fact>
              <Fact name="State">
                <DeliveryMark status={whole.status} />
              </Fact>
              <Fact name="Id">{whole.id}</Fact>
              {whole.nextAttemptAt !== null && (
                <Fact name="Next attempt">
                  <When at={whole.nextAttemptAt} />
                </Fact>
              )}
            </dl>
            <Text size="sm" fw={600}>
              Attempts
            </Text>
            <Attempts attempts={whole.attempts} />
            <Text size="sm" fw={600}>
              Body
            </Text>
            <Code block className={styles.body} tabIndex={0} aria-label="Body of the message">
              {readable(whole.body)}
            </Code>
            <ProblemNotice error={replay.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <ActionButton
                reason={
                  whyMayNot(may, 'Edit Notification Destination') ??
                  (whole.status === 'waiting' ? 'It waits to be sent.' : undefined)
                }
                loading={replay.isPending}
                onClick={() => replay.mutate()}
              >
                Send again
              </ActionButton>
            </Group>
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
};
