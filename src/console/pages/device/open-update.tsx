import { Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Update } from '../../../wire/muster/members.ts';
import type { Explanation } from '../../../wire/muster/rollouts.ts';
import { keys } from '../../data/keys.ts';
import { explanationQuery, logQuery } from '../../data/queries.ts';
import { ActionButton } from '../../parts/action.tsx';
import { Loaded } from '../../parts/states.tsx';
import { UpdateStatus } from '../../parts/status.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { count, plural } from '../../words/format.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { remedyText } from '../../words/remedies.ts';
import styles from './device.module.css';

/** Why it does not go on, when that can change, and what can be done. */
const Why = ({ explanation }: { readonly explanation: Explanation }) => {
  const { blocking, changesAt, remedies, attempts, verdicts } = explanation;
  const passed = verdicts.filter(({ open }) => open).length;
  return (
    <Stack gap={4}>
      {blocking !== null && (
        <Text size="sm">
          <b>Why not yet?</b> {blocking.message}{' '}
          {changesAt === null ? (
            'Something has to happen first.'
          ) : (
            <>
              That changes <When at={changesAt} />.
            </>
          )}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        Try {count(attempts.made)} of {count(attempts.most)}; {count(passed)} of{' '}
        {plural(verdicts.length, 'rule')} let it pass. {remedyText(remedies)}
      </Text>
    </Stack>
  );
};

/** What the device said, in its own words, the newest first. */
const Log = ({ campaign, device }: Pick<Update, 'campaign' | 'device'>) => {
  const query = useQuery(logQuery(useApi(), campaign, device));
  return (
    <Loaded query={query} what="its log">
      {({ entries, total }) =>
        total === 0 ? (
          <Text size="sm" c="dimmed">
            The device has said nothing about it yet.
          </Text>
        ) : (
          <ol className={styles.log} aria-label="What the device said">
            {entries.toReversed().map(({ n, at, word, progress, lines }) => (
              <li key={n}>
                <span className={styles.since}>
                  <When at={at} />
                </span>
                <span>
                  <b>{word}</b>
                  {progress !== null && ` ${count(progress.done)}/${count(progress.of)}`}
                  {lines.map((line, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
                    <span key={index} className={styles.line}>
                      {line}
                    </span>
                  ))}
                </span>
              </li>
            ))}
          </ol>
        )
      }
    </Loaded>
  );
};

type OpenUpdateProps = { readonly update: Update; readonly name: ReactNode };

export const OpenUpdate = ({ update, name }: OpenUpdateProps) => {
  const api = useApi();
  const may = useMay();
  const queries = useQueryClient();
  const { campaign, device, position, outcome, since, recalled } = update;
  const forbidden = whyMayNot(may, 'Edit Campaign');
  const explanation = useQuery(explanationQuery(api, campaign, device));
  const end = useMutation({
    mutationFn: (how: 'recallCampaignDevice' | 'closeCampaignDevice') =>
      api.client[how]({ params: { campaign, device }, body: {} }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.device(api.account, device) }),
    onError: tellProblem,
  });
  return (
    <Stack gap="sm" className={styles.open}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          {name}
          <UpdateStatus position={position} outcome={outcome} />
          <Text size="sm" c="dimmed">
            since <When at={since} />
          </Text>
        </Group>
        <Group gap="xs">
          <ActionButton
            reason={forbidden ?? (recalled === null ? undefined : 'It was asked already.')}
            size="xs"
            variant="default"
            loading={end.isPending}
            title="Asks the device to stop; the update ends when it says that it did"
            onClick={() => end.mutate('recallCampaignDevice')}
          >
            Ask to stop
          </ActionButton>
          <ActionButton
            reason={forbidden}
            size="xs"
            variant="default"
            loading={end.isPending}
            title="Ends the update as it stands, without asking the device"
            onClick={() => end.mutate('closeCampaignDevice')}
          >
            Close
          </ActionButton>
        </Group>
      </Group>
      <Loaded query={explanation} what="the explanation">
        {(known) => <Why explanation={known} />}
      </Loaded>
      <Log campaign={campaign} device={device} />
    </Stack>
  );
};
