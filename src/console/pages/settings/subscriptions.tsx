import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Destination } from '../../../wire/muster/destinations.ts';
import type { Subscription } from '../../../wire/muster/subscriptions.ts';
import { subscriptionsQuery, useSettingsChange } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { CampaignName } from '../../parts/campaign-cells.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { subscriptionText } from '../../words/destinations.ts';
import { whyMayNot } from '../../words/permissions.ts';
import styles from './settings.module.css';
import { SubscriptionDialog } from './subscription-dialog.tsx';

type OfDestination = { readonly destination: Destination };
type EndProps = { readonly subscription: Subscription; readonly onClose: () => void };

const End = ({ subscription, onClose }: EndProps) => {
  const end = useSettingsChange(
    ({ client }) =>
      client.deleteSubscription({
        params: { subscription: subscription.id },
        expected: subscription.revision,
      }),
    () => {
      notifications.show({ message: 'The subscription has ended' });
      onClose();
    },
  );
  return (
    <FormDialog
      title="End a subscription"
      action="End it"
      isGrave
      isBusy={end.isPending}
      error={end.error}
      onSubmit={() => end.mutate()}
      onClose={onClose}
    >
      <Text size="sm">{subscriptionText(subscription)}: what of it still waits is not sent.</Text>
    </FormDialog>
  );
};

type Asked =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'end'; readonly subscription: Subscription };

/** What a destination is told. */
export const Subscriptions = ({ destination }: OfDestination) => {
  const may = useMay();
  const query = useQuery(subscriptionsQuery(useApi()));
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  return (
    <Section
      title="What it is told"
      aside={
        <ActionButton
          reason={whyMayNot(may, 'Create Notification Definition')}
          size="xs"
          variant="default"
          onClick={() => setAsked({ kind: 'new' })}
        >
          New subscription
        </ActionButton>
      }
    >
      <Loaded query={query} what="its subscriptions">
        {({ items }) => {
          const own = items.filter((one) => one.destination === destination.id);
          return own.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing yet: it is sent what it has subscriptions for.
            </Text>
          ) : (
            <ul className={styles.rows} aria-label="Subscriptions">
              {own.map((subscription) => (
                <li key={subscription.id}>
                  <span>
                    {subscriptionText(subscription)}
                    {subscription.campaign !== null && (
                      <>
                        {' '}
                        <CampaignName id={subscription.campaign} />
                      </>
                    )}
                    <Text size="xs" c="dimmed">
                      {[
                        subscription.wire === 'muster' ? '' : `in the form of ${subscription.wire}`,
                        ...subscription.only,
                        subscription.path === '' ? '' : `to ${subscription.path}`,
                        subscription.template === '' ? '' : 'with a template',
                      ]
                        .filter(Boolean)
                        .join(', ')}
                    </Text>
                  </span>
                  <span>
                    {subscription.wire === 'muster' && (
                      <ActionButton
                        reason={whyMayNot(may, 'Edit Notification Definition')}
                        size="compact-sm"
                        variant="subtle"
                        onClick={() => setAsked({ kind: 'edit', subscription })}
                      >
                        Edit
                      </ActionButton>
                    )}
                    <ActionButton
                      reason={whyMayNot(may, 'Delete Notification Definition')}
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      onClick={() => setAsked({ kind: 'end', subscription })}
                    >
                      End
                    </ActionButton>
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      {asked?.kind === 'new' && <SubscriptionDialog destination={destination.id} onClose={close} />}
      {asked?.kind === 'edit' && (
        <SubscriptionDialog destination={destination.id} subscription={asked.subscription} onClose={close} />
      )}
      {asked?.kind === 'end' && <End subscription={asked.subscription} onClose={close} />}
    </Section>
  );
};
