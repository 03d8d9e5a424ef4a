import { ActionIcon, Button, Group, NativeSelect, Select, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { packageChoicesQuery } from '../../data/planning.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { Section } from '../../parts/page.tsx';
import { useApi } from '../../session/use-session.ts';
import { stopRuleText } from '../../words/rules.ts';
import styles from './create.module.css';
import { useFlaw, usePlanning } from './plan-context.ts';

type StopRule = CampaignPlan['stopRules'][number];

const signals: readonly { readonly value: StopRule['signal']; readonly label: string }[] = [
  { value: 'any', label: 'do not succeed' },
  { value: 'failed', label: 'fail' },
  { value: 'timed-out', label: 'time out' },
  { value: 'silent', label: 'go silent' },
  { value: 'rejected', label: 'reject it' },
  { value: 'rolled-back', label: 'roll back' },
];

const actions: readonly { readonly value: StopRule['action']; readonly label: string }[] = [
  { value: 'pause', label: 'pause the campaign' },
  { value: 'hold', label: 'hold that part' },
  { value: 'alert', label: 'raise an alert' },
  { value: 'abort', label: 'cancel the campaign' },
  { value: 'roll-back', label: 'cancel and roll back' },
];

const scopes = (hasWaves: boolean) => [
  { value: 'campaign', label: 'of the campaign' },
  ...(hasWaves ? [{ value: 'wave', label: 'of a wave' }] : []),
  { value: 'attribute', label: 'with the same …' },
];

const freshScope = (by: string): StopRule['scope'] => {
  if (by === 'wave') return { by: 'wave' };
  return by === 'attribute' ? { by: 'attribute', attribute: '' } : { by: 'campaign' };
};

const freshRule: StopRule = {
  ...{ signal: 'failed', scope: { by: 'campaign' }, minimum: 20, action: 'pause', rollBackTo: null },
  threshold: { percent: 5 },
};

const oneOf = <Value extends string>(all: readonly { readonly value: Value }[], text: string): Value =>
  all.find(({ value }) => value === text)?.value ?? (all[0]?.value as Value);

type FieldsProps = {
  readonly rule: StopRule;
  readonly place: number;
  readonly onChange: (patch: Partial<StopRule>) => void;
  readonly onLeaveOut: () => void;
};

const RollBackTo = ({ rule, place, onChange }: Omit<FieldsProps, 'onLeaveOut'>) => {
  const choices = useQuery(packageChoicesQuery(useApi(), ''));
  const { form } = usePlanning();
  const others = (choices.data?.items ?? []).filter(({ id }) => !form.plan.packages.includes(id));
  return (
    <Select
      aria-label={`Rule ${place + 1}: package to go back to`}
      placeholder="the package to go back to"
      searchable
      w={220}
      data={others.map(({ id, name, version }) => ({ value: id, label: `${name} ${version}` }))}
      value={rule.rollBackTo ?? null}
      onChange={(rollBackTo) => onChange({ rollBackTo })}
    />
  );
};

const RuleFields = ({ rule, place, onChange, onLeaveOut }: FieldsProps) => {
  const { form } = usePlanning();
  const { below } = useFlaw();
  const of = `Rule ${place + 1}`;
  const { signal, scope, minimum, threshold, action } = rule;
  const isShare = 'percent' in threshold;
  const flaw = below(`/stopRules/${place}`);
  return (
    <li>
      <Group gap={6}>
        <Text size="sm">When</Text>
        <NumberField
          aria-label={`${of}: threshold`}
          w={64}
          value={isShare ? threshold.percent : threshold.count}
          allowDecimal={isShare}
          onChange={(n) => onChange({ threshold: isShare ? { percent: n } : { count: n } })}
        />
        <NativeSelect
          aria-label={`${of}: unit of the threshold`}
          data={[
            { value: 'percent', label: '%' },
            { value: 'count', label: 'devices' },
          ]}
          value={isShare ? 'percent' : 'count'}
          onChange={({ currentTarget: { value } }) =>
            onChange({ threshold: value === 'percent' ? { percent: 5 } : { count: 5 } })
          }
        />
        <NativeSelect
          aria-label={`${of}: of what`}
          data={scopes(form.plan.rollout.by === 'waves')}
          value={scope.by}
          onChange={({ currentTarget: { value } }) => onChange({ scope: freshScope(value) })}
        />
        {'attribute' in scope && (
          <TextInput
            aria-label={`${of}: attribute`}
            placeholder="site"
            w={110}
            value={scope.attribute}
            onChange={({ currentTarget: { value } }) =>
              onChange({ scope: { by: 'attribute', attribute: value } })
            }
          />
        )}
        <NativeSelect
          aria-label={`${of}: what they do`}
          data={signals.map((one) => ({ ...one }))}
          value={signal}
          onChange={({ currentTarget: { value } }) => onChange({ signal: oneOf(signals, value) })}
        />
        <Text size="sm">once</Text>
        <NumberField
          aria-label={`${of}: closed devices before it counts`}
          w={64}
          min={1}
          allowDecimal={false}
          value={minimum}
          onChange={(n) => onChange({ minimum: n })}
        />
        <Text size="sm">are done,</Text>
        <NativeSelect
          aria-label={`${of}: what happens`}
          data={actions.map((one) => ({ ...one }))}
          value={action}
          onChange={({ currentTarget: { value } }) =>
            onChange({ action: oneOf(actions, value), rollBackTo: null })
          }
        />
        {action === 'roll-back' && <RollBackTo rule={rule} place={place} onChange={onChange} />}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Leave rule ${place + 1} out`}
          onClick={onLeaveOut}
        >
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </Group>
      <Text size="xs" c={flaw === undefined ? 'dimmed' : 'error'} mt={4}>
        {flaw ?? stopRuleText(rule)}
      </Text>
    </li>
  );
};

/** What makes the campaign stop by itself. */
export const StopRulesSection = () => {
  const { form, change } = usePlanning();
  const { stopRules } = form.plan;
  const set = (rules: StopRule[]): void => change({ stopRules: rules });
  return (
    <Section title="Stop rules">
      {stopRules.length === 0 && (
        <Text size="sm" c="dimmed" mb={4}>
          Nothing stops the campaign but a person.
        </Text>
      )}
      <ol className={styles.waves}>
        {stopRules.map((rule, place) => (
          <RuleFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place in the list
            key={place}
            rule={rule}
            place={place}
            onChange={(patch) =>
              set(stopRules.map((one, index) => (index === place ? { ...one, ...patch } : one)))
            }
            onLeaveOut={() => set(stopRules.filter((_, index) => index !== place))}
          />
        ))}
      </ol>
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => set([...stopRules, freshRule])}
      >
        {stopRules.length === 0 ? 'A stop rule' : 'Another rule'}
      </Button>
    </Section>
  );
};
