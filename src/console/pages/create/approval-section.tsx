import { Checkbox, Group, NativeSelect, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { phases } from '../../../wire/muster/plan.ts';
import { accountQuery } from '../../data/planning.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { Section } from '../../parts/page.tsx';
import { useApi, useMay } from '../../session/use-session.ts';
import { useFlaw, usePlanning } from './plan-context.ts';

const policies: Readonly<Record<string, string>> = {
  none: 'Nobody has to approve campaigns of this account.',
  one: 'One person has to approve it before it can start; that may be you.',
  another: 'Another person has to approve it before it can start.',
  'two-others': 'Two other people have to approve it before it can start.',
};

/** Whose go a campaign of this account needs, in words; nothing for who may not see that. */
export const usePolicy = (): { readonly name: string; readonly text: string } | undefined => {
  const api = useApi();
  const may = useMay();
  const { data } = useQuery({ ...accountQuery(api), enabled: may('View Organization') });
  return data && { name: data.approvalPolicy, text: policies[data.approvalPolicy] ?? data.approvalPolicy };
};

const phaseLabels = { download: 'Download', execution: 'Installation', activation: 'Activation' } as const;

const orders = [
  { value: 'recently-seen', label: 'whoever asks when one is free' },
  { value: 'first-in-first-out', label: 'whoever asked first' },
] as const;

/** Whose go it needs, how it stands beside other campaigns, and how it ends. */
export const ApprovalSection = () => {
  const { form, change } = usePlanning();
  const { below } = useFlaw();
  const policy = usePolicy();
  const { checkpoints, priority, order, downgrades, endWhenComplete } = form.plan;
  return (
    <Section title="Approval and order">
      <Stack gap="md">
        {policy !== undefined && <Text size="sm">{policy.text}</Text>}
        <Checkbox.Group
          label="Each device waits for a go before"
          value={[...checkpoints]}
          onChange={(chosen) => change({ checkpoints: phases.filter((phase) => chosen.includes(phase)) })}
        >
          <Group gap="md" mt={6}>
            {phases.map((phase) => (
              <Checkbox key={phase} value={phase} label={phaseLabels[phase]} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group gap="md" align="flex-start">
          <NumberField
            label="Priority"
            description="0 to 100; the highest goes first"
            w={220}
            max={100}
            allowDecimal={false}
            value={priority}
            error={below('/priority')}
            onChange={(value) => change({ priority: value })}
          />
          <NativeSelect
            label="Places go to"
            description="Where there are too few"
            data={orders.map((one) => ({ ...one }))}
            value={order}
            onChange={({ currentTarget }) =>
              change({
                order: currentTarget.value === 'first-in-first-out' ? 'first-in-first-out' : 'recently-seen',
              })
            }
          />
        </Group>
        <Switch
          label="End by itself when all devices are done"
          checked={endWhenComplete}
          onChange={({ currentTarget }) => change({ endWhenComplete: currentTarget.checked })}
        />
        <Switch
          label="Devices may get an older version than they have"
          checked={downgrades}
          onChange={({ currentTarget }) => change({ downgrades: currentTarget.checked })}
        />
      </Stack>
    </Section>
  );
};
