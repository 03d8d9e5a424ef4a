import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { destinationsQuery } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';
import { DestinationDialog } from './destination-dialog.tsx';
import { DestinationMark } from './destination-mark.tsx';
import { DestinationView } from './destination-view.tsx';
import styles from './settings.module.css';

const route = getRouteApi('/settings');

/** Where events are pushed to; each destination with what it is told and what came of it. */
export const WebhooksPart = () => {
  const { destination: chosen } = route.useSearch();
  const may = useMay();
  const query = useQuery(destinationsQuery(useApi()));
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string>();
  return (
    <Loaded query={query} what="the webhooks">
      {({ items }) => {
        const one = items.find(({ id }) => id === chosen);
        if (one !== undefined) return <DestinationView destination={one} />;
        return (
          <Section
            title="Webhooks"
            aside={
              <ActionButton
                reason={whyMayNot(may, 'Create Notification Destination')}
                size="xs"
                onClick={() => setNew(true)}
              >
                New destination
              </ActionButton>
            }
          >
            {items.length === 0 ? (
              <Empty title="Nobody is told yet">
                A destination is an address that Muster sends events to, signed, as they happen.
              </Empty>
            ) : (
              <ul className={styles.rows} aria-label="Destinations">
                {items.map((destination) => (
                  <li key={destination.id}>
                    <span>
                      <PageLink
                        to="/settings"
                        search={{ part: 'webhooks', destination: destination.id }}
                        fw={550}
                      >
                        {destination.name}
                      </PageLink>
                      <Text size="xs" c="dimmed">
                        {destination.url}
                      </Text>
                    </span>
                    <DestinationMark destination={destination} />
                  </li>
                ))}
              </ul>
            )}
            {isNew && (
              <DestinationDialog
                onSaved={(made) => {
                  setNew(false);
                  setSecret(made ?? undefined);
                }}
                onClose={() => setNew(false)}
              />
            )}
            {secret !== undefined && (
              <SecretDialog title="Signing secret" secret={secret} onClose={() => setSecret(undefined)}>
                The receiver checks with it that a message came from here, as Standard Webhooks has it.
              </SecretDialog>
            )}
          </Section>
        );
      }}
    </Loaded>
  );
};
