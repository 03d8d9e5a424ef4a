import { Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Subscription } from '../../../wire/muster/subscriptions.ts';
import { campaignListQuery } from '../../data/queries.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { useApi } from '../../session/use-session.ts';
import { suggestedTypes } from '../../words/event-kinds.ts';

type SubscriptionDialogProps = {
  readonly destination: string;
  readonly subscription?: Subscription;
  readonly onClose: () => void;
};

/** Which events, of what, and in which form. */
export const SubscriptionDialog = ({ destination, subscription, onClose }: SubscriptionDialogProps) => {
  const api = useApi();
  const { data } = useInfiniteQuery(campaignListQuery(api, { order: 'newest' }));
  const [only, setOnly] = useState<readonly string[]>(subscription?.only ?? []);
  const [campaign, setCampaign] = useState<string | null>(null);
  const [path, setPath] = useState(subscription?.path ?? '');
  const [template, setTemplate] = useState(subscription?.template ?? '');
  const save = useSettingsChange(
    ({ client }) => {
      const body = { only: [...only], path, template };
      return subscription === undefined
        ? client.createSubscription({ body: { ...body, destination, campaign } })
        : client.editSubscription({
            params: { subscription: subscription.id },
            body,
            expected: subscription.revision,
          });
    },
    () => {
      notifications.show({ message: 'It is told from now on' });
      onClose();
    },
  );
  const campaigns = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <FormDialog
      title={subscription === undefined ? 'New subscription' : 'Edit a subscription'}
      action="Save"
      isBusy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      {subscription === undefined && (
        <Select
          label="Of"
          placeholder="The whole account"
          searchable
          clearable
          data={campaigns.map(({ id, name }) => ({ value: id, label: name }))}
          value={campaign}
          onChange={setCampaign}
        />
      )}
      <TagsInput
        label="Only these types of events"
        description="Empty for all"
        data={[...suggestedTypes]}
        maxTags={100}
        value={[...only]}
        onChange={setOnly}
        acceptValueOnBlur
      />
      <TextInput
        label="Path"
        description="Instead of path and query of the destination; empty leaves them"
        maxLength={1024}
        value={path}
        onChange={({ currentTarget: { value } }) => setPath(value)}
      />
      <Textarea
        label="Template"
        description="Instead of the body, with parts such as {{data.campaign.name}}; empty leaves it"
        autosize
        minRows={2}
        maxRows={8}
        value={template}
        onChange={({ currentTarget: { value } }) => setTemplate(value)}
      />
    </FormDialog>
  );
};
