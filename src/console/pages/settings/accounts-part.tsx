import { Button, Select, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Account } from '../../../wire/muster/accounts.ts';
import { accountsQuery, useSettingsChange } from '../../data/settings.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { When } from '../../parts/when.tsx';
import { useApi } from '../../session/use-session.ts';
import { isPolicy, policyOptions, policyText } from '../../words/accounts.ts';
import styles from './settings.module.css';

const NewAccount = ({ onClose }: { readonly onClose: () => void }) => {
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [policy, setPolicy] = useState<Account['approvalPolicy']>('none');
  const create = useSettingsChange(
    ({ client }) =>
      client.createAccount({ body: { name, approvalPolicy: policy, ...(id !== '' && { id }) } }),
    () => {
      notifications.show({ message: `${name} is there. Sign in again to switch to it.` });
      onClose();
    },
  );
  return (
    <FormDialog
      title="New account"
      action="Create"
      isBusy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        required
        maxLength={256}
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value)}
        data-autofocus
      />
      <TextInput
        label="Id"
        description="Stays as it is: part of the addresses of devices. Made up when empty"
        maxLength={64}
        value={id}
        onChange={({ currentTarget: { value } }) => setId(value)}
      />
      <Select
        label="Whose go a campaign needs"
        data={policyOptions}
        value={policy}
        allowDeselect={false}
        onChange={(value) => isPolicy(value) && setPolicy(value)}
      />
    </FormDialog>
  );
};

/** Every account of the server, for those who administer it. */
export const AccountsPart = () => {
  const query = useQuery(accountsQuery(useApi()));
  const [isNew, setNew] = useState(false);
  return (
    <Section
      title="All accounts"
      aside={
        <Button size="xs" onClick={() => setNew(true)}>
          New account
        </Button>
      }
    >
      <Loaded query={query} what="the accounts">
        {({ items }) => (
          <ul className={styles.rows} aria-label="All accounts">
            {items.map(({ id, name, approvalPolicy, createdAt }) => (
              <li key={id}>
                <span>
                  <strong>{name}</strong>
                  <Text size="xs" c="dimmed">
                    {id}
                  </Text>
                </span>
                <Text size="sm">{policyText(approvalPolicy)}</Text>
                <Text size="xs" c="dimmed">
                  made <When at={createdAt} />
                </Text>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {isNew && <NewAccount onClose={() => setNew(false)} />}
    </Section>
  );
};
