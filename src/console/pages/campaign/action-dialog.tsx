import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemError } from '../../../client/muster.ts';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { type Said, useCampaignAction } from '../../data/campaign-actions.ts';
import { Notice } from '../../parts/notice.tsx';
import { problemText } from '../../parts/tell-problem.ts';
import { type ActionName, blastRadius } from '../../words/blast-radius.ts';
import type { Totals } from '../../words/progress.ts';
import { actionLabels, isHarsh } from './action-words.ts';

type DialogProps = {
  readonly campaign: Campaign;
  readonly totals: Totals;
  readonly action: ActionName;
  readonly onClose: () => void;
  readonly onDone: (action: ActionName) => void;
};

const needsConfirmation = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.code === 'invalid' && /confirm/.test(error.problem.detail);

/** Says what an action will do to how many devices, before it does. */
export const ActionDialog = ({ campaign, totals, action, onClose, onDone }: DialogProps) => {
  const [startAt, setStartAt] = useState('');
  const [comment, setComment] = useState('');
  const { mutate, isPending, error } = useCampaignAction(campaign, action);
  const mustConfirm = needsConfirmation(error);
  const carryOut = (): void => {
    const said: Said = {
      ...(action === 'schedule' && startAt !== '' && { startAt: new Date(startAt).toISOString() }),
      ...(comment !== '' && { comment }),
      ...(mustConfirm && { confirm: true }),
    };
    mutate(said, { onSuccess: () => onDone(action) });
  };
  const label = actionLabels[action];
  return (
    <Modal opened onClose={onClose} title={`${label}: ${campaign.name}`}>
      <Stack gap="md">
        <Text size="sm">{blastRadius(action, totals)}</Text>
        {action === 'schedule' && (
          <TextInput
            type="datetime-local"
            label="Start at"
            description="In your time zone"
            required
            value={startAt}
            onChange={({ currentTarget }) => setStartAt(currentTarget.value)}
          />
        )}
        {action === 'reject' && (
          <Textarea
            label="Why"
            value={comment}
            onChange={({ currentTarget }) => setComment(currentTarget.value)}
          />
        )}
        {error !== null && (
          <Notice tone={mustConfirm ? 'wait' : 'bad'} isNews>
            {problemText(error)}
          </Notice>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Leave it
          </Button>
          <Button
            {...(isHarsh(action) && { color: 'red.9' })}
            loading={isPending}
            disabled={action === 'schedule' && startAt === ''}
            onClick={carryOut}
          >
            {mustConfirm ? `${label} anyway` : label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
