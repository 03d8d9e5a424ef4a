import { Select, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { Account, GatewayToken } from '../../../wire/muster/accounts.ts';
import { useSettingsChange } from '../../data/settings.ts';
import { ActionButton } from '../../parts/action.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { InstantField } from '../../parts/instant-field.tsx';
import { Section } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { When } from '../../parts/when.tsx';
import { useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';
import styles from './settings.module.css';

type OfAccount = { readonly account: Account };

const replacements = [
  { value: '', label: 'Go on working' },
  { value: '0', label: 'End at once' },
  { value: '86400', label: 'End after a day' },
  { value: '604800', label: 'End after a week' },
];

type IssueProps = OfAccount & {
  readonly onIssued: (secret: string) => void;
  readonly onClose: () => void;
};

const Issue = ({ account, onIssued, onClose }: IssueProps) => {
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const [replaces, setReplaces] = useState('');
  const issue = useSettingsChange(
    ({ client }) =>
      client.createGatewayToken({
        params: { account: account.id },
        body: { expiresAt, ...(replaces !== '' && { replacesAfterSeconds: Number(replaces) }) },
      }),
    ({ secret }) => onIssued(secret),
  );
  return (
    <FormDialog
      title="New gateway token"
      action="Issue"
      isBusy={issue.isPending}
      error={issue.error}
      onSubmit={() => issue.mutate()}
      onClose={onClose}
    >
      <Text size="sm">A gateway that has it speaks for every device of {account.name}.</Text>
      <InstantField label="Expires" description="Empty for never" value={expiresAt} onChange={setExpiresAt} />
      {account.deviceAccess.gatewayTokens.length > 0 && (
        <Select
          label="Older ones"
          data={replacements}
          allowDeselect={false}
          value={replaces}
          onChange={(value) => setReplaces(value ?? '')}
        />
      )}
    </FormDialog>
  );
};

type RevokeProps = OfAccount & { readonly token: GatewayToken; readonly onClose: () => void };

const Revoke = ({ account, token, onClose }: RevokeProps) => {
  const revoke = useSettingsChange(
    ({ client }) => client.deleteGatewayToken({ params: { account: account.id, gatewayToken: token.id } }),
    () => {
      notifications.show({ message: 'The gateway token is revoked' });
      onClose();
    },
  );
  return (
    <FormDialog
      title="Revoke a gateway token"
      action="Revoke"
      isGrave
      isBusy={revoke.isPending}
      error={revoke.error}
      onSubmit={() => revoke.mutate()}
      onClose={onClose}
    >
      <Text size="sm">Gateways and devices that show it are refused from now on.</Text>
    </FormDialog>
  );
};

/** Secrets that speak for every device of the account. */
export const GatewayTokens = ({ account }: OfAccount) => {
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [revoked, setRevoked] = useState<GatewayToken>();
  const forbidden = whyMayNot(useMay(), 'Edit Organization Settings');
  const { gatewayTokens } = account.deviceAccess;
  return (
    <Section
      title="Gateway tokens"
      aside={
        <ActionButton reason={forbidden} size="xs" variant="default" onClick={() => setNew(true)}>
          New gateway token
        </ActionButton>
      }
    >
      {gatewayTokens.length === 0 ? (
        <Text size="sm" c="dimmed">
          None. A gateway with one speaks for every device of the account.
        </Text>
      ) : (
        <ul className={styles.rows} aria-label="Gateway tokens">
          {gatewayTokens.map((token) => (
            <li key={token.id}>
              <span>
                Issued <When at={token.createdAt} />
              </span>
              <Text size="xs" c="dimmed">
                expires <When at={token.expiresAt} />
              </Text>
              <ActionButton
                reason={forbidden}
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={`Revoke the gateway token ${token.id}`}
                onClick={() => setRevoked(token)}
              >
                Revoke
              </ActionButton>
            </li>
          ))}
        </ul>
      )}
      {isNew && (
        <Issue
          account={account}
          onIssued={(issued) => {
            setNew(false);
            setSecret(issued);
          }}
          onClose={() => setNew(false)}
        />
      )}
      {secret !== undefined && (
        <SecretDialog title="Gateway token" secret={secret} onClose={() => setSecret(undefined)}>
          Speaks for every device of {account.name}.
        </SecretDialog>
      )}
      {revoked !== undefined && (
        <Revoke account={account} token={revoked} onClose={() => setRevoked(undefined)} />
      )}
    </Section>
  );
};
