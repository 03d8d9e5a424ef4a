import { Badge, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Device } from '../../../wire/muster/devices.ts';
import { credentialsQuery } from '../../data/queries.ts';
import { ActionButton } from '../../parts/action.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { tellProblem } from '../../parts/tell-problem.ts';
import { When } from '../../parts/when.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { whyMayNot } from '../../words/permissions.ts';
import styles from './device.module.css';

type PairsProps = { readonly of: Readonly<Record<string, string | number | boolean>>; readonly none: string };

const Pairs = ({ of, none }: PairsProps) => {
  const entries = Object.entries(of).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {none}
      </Text>
    );
  }
  return (
    <dl className={styles.pairs}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{String(value)}</dd>
        </div>
      ))}
    </dl>
  );
};

type RevokeProps = {
  readonly device: string;
  readonly credential: string;
  readonly reason: string | undefined;
  readonly onDone: () => void;
};

/** Asks once more in place: whoever uses the credential is shut out at once. */
const Revoke = ({ device, credential, reason, onDone }: RevokeProps) => {
  const { client } = useApi();
  const [isSure, setSure] = useState(false);
  const revoke = useMutation({
    mutationFn: () => client.deleteDeviceCredential({ params: { device, credential } }),
    onSuccess: onDone,
    onError: tellProblem,
  });
  return (
    <ActionButton
      reason={reason}
      size="compact-xs"
      ml={6}
      variant={isSure ? 'filled' : 'default'}
      {...(isSure && { color: 'red' })}
      loading={revoke.isPending}
      onBlur={() => setSure(false)}
      onClick={() => (isSure ? revoke.mutate() : setSure(true))}
    >
      {isSure ? 'Revoke at once' : 'Revoke'}
    </ActionButton>
  );
};

const Credentials = ({ device }: { readonly device: string }) => {
  const may = useMay();
  const query = useQuery(credentialsQuery(useApi(), device));
  return (
    <Loaded query={query} what="its credentials">
      {({ items }) =>
        items.length === 0 ? (
          <Text size="sm" c="dimmed">
            None: it gets in as the settings of the account say.
          </Text>
        ) : (
          <ul className={styles.plain}>
            {items.map(({ id, createdAt, expiresAt }) => (
              <li key={id}>
                Issued <When at={createdAt} />
                {expiresAt === null ? '' : ', '}
                {expiresAt !== null && (
                  <>
                    expires <When at={expiresAt} />
                  </>
                )}
                <Revoke
                  device={device}
                  credential={id}
                  reason={whyMayNot(may, 'Create Device Credential')}
                  onDone={() => void query.refetch()}
                />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
};

/** What is known about a device. */
export const Facts = ({ device }: { readonly device: Device }) => {
  const { id, name, make, model, protocol, timeZone, tags, versions, attributes, createdAt } = device;
  const identity = {
    id,
    ...(name !== '' && { name }),
    ...(make !== '' && { make }),
    ...(model !== '' && { model }),
    protocol,
    ...(timeZone !== '' && { 'time zone': timeZone }),
  };
  return (
    <Stack gap="lg">
      <Section title="Identity">
        <Pairs of={identity} none="" />
        <Text size="xs" c="dimmed" mt={6}>
          Known since <When at={createdAt} />
        </Text>
      </Section>
      <Section title="Versions">
        <Pairs of={versions} none="It has told none." />
      </Section>
      <Section title="Tags">
        {tags.length === 0 ? (
          <Text size="sm" c="dimmed">
            None.
          </Text>
        ) : (
          <Group gap={6}>
            {tags.map((tag) => (
              <Badge key={tag} variant="default" tt="none" fw={500}>
                {tag}
              </Badge>
            ))}
          </Group>
        )}
      </Section>
      <Section title="Attributes">
        <Pairs of={attributes} none="It has told none." />
      </Section>
      <Section title="Credentials">
        <Credentials device={id} />
      </Section>
    </Stack>
  );
};
