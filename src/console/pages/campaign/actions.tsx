import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { ActionItem } from '../../parts/action.tsx';
import { useMay, useWho } from '../../session/use-session.ts';
import { type ActionName, type Offer, whyNot } from '../../words/blast-radius.ts';
import type { Totals } from '../../words/progress.ts';
import { ActionDialog } from './action-dialog.tsx';
import { actionLabels, actions, leadingAction } from './action-words.ts';

type ActionsProps = { readonly campaign: Campaign; readonly totals: Totals };

/** What can be done with a campaign; what cannot be done now says why. */
export const Actions = ({ campaign, totals }: ActionsProps) => {
  const [asked, setAsked] = useState<ActionName>();
  const may = useMay();
  const { user } = useWho();
  const navigate = useNavigate();
  const { id, status, allowedActions, editedBy, createdBy, approvals } = campaign;
  const isOwn = [editedBy, createdBy, ...approvals.map(({ by }) => by)].includes(user.id);
  const why = (action: Offer): string | undefined =>
    whyNot(action, { status, allowedActions, may, failed: totals.failed, isOwn });
  const leading = leadingAction((action) => why(action) === undefined);
  const done = (action: ActionName): void => {
    setAsked(undefined);
    if (action === 'delete') void navigate({ to: '/campaigns' });
  };
  return (
    <>
      {leading !== undefined && (
        <Button onClick={() => setAsked(leading)} variant={leading === 'pause' ? 'default' : 'filled'}>
          {actionLabels[leading]}
        </Button>
      )}
      <Menu position="bottom-end" width={300} shadow="md">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <ActionItem
            label="Edit the plan"
            reason={why('edit')}
            onClick={() => void navigate({ to: '/campaigns/$campaign/edit', params: { campaign: id } })}
          />
          <ActionItem
            label="Create another like this"
            reason={why('copy')}
            onClick={() => void navigate({ to: '/campaigns/new', search: { from: id } })}
          />
          <Menu.Divider />
          {actions.map((action) => (
            <ActionItem
              key={action}
              label={actionLabels[action]}
              reason={why(action)}
              onClick={() => setAsked(action)}
            />
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked !== undefined && (
        <ActionDialog
          campaign={campaign}
          totals={totals}
          action={asked}
          onClose={() => setAsked(undefined)}
          onDone={done}
        />
      )}
    </>
  );
};
