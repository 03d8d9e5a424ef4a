import { Button, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Token } from '../../../wire/muster/tokens.ts';
import { tokensQuery, useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { plural } from '../../words/format.ts';
import { OwnPassword } from './own-password.tsx';
import styles from './settings.module.css';
import { TokenDialog } from './token-dialog.tsx';

type Issued = { readonly name: string; readonly secret: string };

const reach = ({ account, permissions }: Token): string =>
  `${permissions === null ? 'all that you may' : plural(permissions.length, 'permission')}, ${account === null ? 'in each of your accounts' : 'in one account'}`;

const Revoke = ({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) => {
  const revoke = useSettingsChange(
    ({ client }) => client.revokeToken({ params: { token: token.id } }),
    () => {
      notifications.show({ message: `${token.name} is revoked` });
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Revoke ${token.name}`}
      action="Revoke"
      isGrave
      isBusy={revoke.isPending}
      error={revoke.error}
      onSubmit={() => revoke.mutate()}
      onClose={onClose}
    >
      <Text size="sm">
        Whatever uses it is refused from now on. It was{' '}
        {token.lastUsedAt === null ? (
          'never used'
        ) : (
          <>
            last used <When at={token.lastUsedAt} />
          </>
        )}
        .
      </Text>
    </FormDialog>
  );
};

/** The tokens of whoever is signed in, for programs that act as they do, and their own password. */
export const TokensPart = () => {
  const query = useQuery(tokensQuery(useApi()));
  const [isNew, setNew] = useState(false);
  const [issued, setIssued] = useState<Issued>();
  const [revoked, setRevoked] = useState<Token>();
  return (
    <Stack gap="xl">
      <Section
        title="My tokens"
        aside={
          <Button size="xs" onClick={() => setNew(true)}>
            New token
          </Button>
        }
      >
        <Loaded query={query} what="your tokens">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No tokens yet">
                A token lets the command line or a build act for you, and no further than you may.
              </Empty>
            ) : (
              <ul className={styles.rows} aria-label="My tokens">
                {items.map((token) => (
                  <li key={token.id}>
                    <span>
                      <strong>{token.name}</strong>
                      <Text size="xs" c="dimmed">
                        {reach(token)}
                      </Text>
                    </span>
                    <Text size="xs" c="dimmed">
                      used <When at={token.lastUsedAt} />, expires <When at={token.expiresAt} />
                    </Text>
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      aria-label={`Revoke ${token.name}`}
                      onClick={() => setRevoked(token)}
                    >
                      Revoke
                    </Button>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
      <OwnPassword />
      {isNew && (
        <TokenDialog
          onIssued={(name, secret) => {
            setNew(false);
            setIssued({ name, secret });
          }}
          onClose={() => setNew(false)}
        />
      )}
      {issued !== undefined && (
        <SecretDialog
          title={`Token ${issued.name}`}
          secret={issued.secret}
          onClose={() => setIssued(undefined)}
        >
          Sent as Authorization: Bearer, or kept by muster login.
        </SecretDialog>
      )}
      {revoked !== undefined && <Revoke token={revoked} onClose={() => setRevoked(undefined)} />}
    </Stack>
  );
};
