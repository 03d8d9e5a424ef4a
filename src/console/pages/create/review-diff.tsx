import { Group, Select, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Campaign } from '../../../wire/muster/campaigns.ts';
import { earlierCampaignsQuery } from '../../data/planning.ts';
import { Section } from '../../parts/page.tsx';
import { useApi } from '../../session/use-session.ts';
import { planDiff } from '../../words/plan-diff.ts';
import styles from './create.module.css';
import { usePlanning } from './plan-context.ts';
import { usePackageNames } from './summary.tsx';

type ReviewDiffProps = { readonly was: Campaign | undefined; readonly like: Campaign | undefined };

/** The campaign to compare with: itself as it is saved, the one that it is like, or the last that was started. */
const usualOf = ({ was, like }: ReviewDiffProps, earlier: readonly Campaign[]): Campaign | undefined =>
  was ?? like ?? earlier.find(({ status }) => !['draft', 'awaiting-approval'].includes(status)) ?? earlier[0];

const distinct = (campaigns: readonly (Campaign | undefined)[]): readonly Campaign[] => [
  ...new Map(campaigns.flatMap((one) => (one === undefined ? [] : [[one.id, one] as const]))).values(),
];

/** What is different from another campaign, rule by rule. */
export const ReviewDiff = ({ was, like }: ReviewDiffProps) => {
  const { form } = usePlanning();
  const { data } = useQuery(earlierCampaignsQuery(useApi()));
  const [chosen, setChosen] = useState<string | null>(null);
  const earlier = data?.items ?? [];
  const all = distinct([was, like, ...earlier]);
  const other = all.find(({ id }) => id === chosen) ?? usualOf({ was, like }, earlier);
  const nameOf = usePackageNames([...new Set([...(other?.packages ?? []), ...form.plan.packages])]);
  if (data === undefined || other === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {data === undefined
          ? 'Looking for an earlier campaign…'
          : 'There is no earlier campaign to compare with.'}
      </Text>
    );
  }
  const differences = planDiff(other, form.plan, nameOf);
  return (
    <Section
      title="What is different"
      aside={
        <Group gap={6}>
          <Text size="sm" c="dimmed">
            from
          </Text>
          <Select
            size="xs"
            w={260}
            aria-label="Compared with"
            allowDeselect={false}
            searchable
            data={all.map(({ id, name }) => ({
              value: id,
              label: id === was?.id ? `${name}, as saved` : name,
            }))}
            value={other.id}
            onChange={setChosen}
            comboboxProps={{ shadow: 'md' }}
          />
        </Group>
      }
    >
      {differences.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing but its name and description.
        </Text>
      ) : (
        <Table verticalSpacing={6} horizontalSpacing={6} className={styles.diff}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Rule</Table.Th>
              <Table.Th>Was</Table.Th>
              <Table.Th>Is now</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differences.map(({ about, was: before, is }) => (
              <Table.Tr key={about}>
                <Table.Th scope="row">{about}</Table.Th>
                <Table.Td data-was>{before || '–'}</Table.Td>
                <Table.Td data-is>{is || '–'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
};
