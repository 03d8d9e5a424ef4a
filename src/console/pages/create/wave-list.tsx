import { ActionIcon, Button, Group, NativeSelect, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { DurationField } from '../../parts/duration-field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import type { Wave } from '../../words/pace.ts';
import styles from './create.module.css';
import { idsOf } from './form.ts';
import { useFlaw } from './plan-context.ts';

type Size = Wave['size'];

const kinds = [
  { value: 'percent', label: '% of the devices' },
  { value: 'count', label: 'devices' },
  { value: 'query', label: 'devices where' },
  { value: 'devices', label: 'devices named' },
];

const freshSize = (by: string): Size => {
  if (by === 'count') return { by: 'count', count: 50 };
  if (by === 'query') return { by: 'query', expression: '' };
  return by === 'devices' ? { by: 'devices', devices: [] } : { by: 'percent', percent: 10 };
};

type SizeFieldProps = {
  readonly of: string;
  readonly size: Size;
  readonly onChange: (size: Size) => void;
  readonly error: string | undefined;
};

const SizeValue = ({ of, size, onChange, error }: SizeFieldProps) => {
  switch (size.by) {
    case 'percent':
      return (
        <NumberField
          aria-label={`${of}: percent`}
          w={76}
          max={100}
          value={size.percent}
          error={error !== undefined}
          onChange={(percent) => onChange({ by: 'percent', percent })}
        />
      );
    case 'count':
      return (
        <NumberField
          aria-label={`${of}: devices`}
          w={76}
          min={1}
          allowDecimal={false}
          value={size.count}
          error={error !== undefined}
          onChange={(count) => onChange({ by: 'count', count })}
        />
      );
    case 'query':
      return (
        <TextInput
          aria-label={`${of}: query`}
          placeholder="tag = pilot"
          w={180}
          value={size.expression}
          error={error !== undefined}
          onChange={({ currentTarget }) => onChange({ by: 'query', expression: currentTarget.value })}
        />
      );
    case 'devices':
      return (
        <TextInput
          aria-label={`${of}: ids`}
          placeholder="gw-1, gw-2"
          w={180}
          defaultValue={size.devices.join(', ')}
          error={error !== undefined}
          onChange={({ currentTarget }) =>
            onChange({ by: 'devices', devices: [...idsOf(currentTarget.value)] })
          }
        />
      );
  }
};

type WaveFieldsProps = {
  readonly wave: Wave;
  readonly place: number;
  readonly isOnly: boolean;
  readonly onChange: (patch: Partial<Wave>) => void;
  readonly onLeaveOut: () => void;
};

const WaveFields = ({ wave, place, isOnly, onChange, onLeaveOut }: WaveFieldsProps) => {
  const { below } = useFlaw();
  const at = `/rollout/waves/${place}`;
  const of = `Wave ${place + 1}`;
  const flaw = below(at);
  return (
    <li>
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Wave"
          w={120}
          value={wave.name}
          error={below(`${at}/name`) !== undefined}
          onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
        />
        <Group gap={6} wrap="nowrap" align="flex-end">
          <SizeValue
            of={of}
            size={wave.size}
            error={below(`${at}/size`)}
            onChange={(size) => onChange({ size })}
          />
          <NativeSelect
            aria-label={`${of}: kind of size`}
            data={kinds}
            w={160}
            value={wave.size.by}
            onChange={({ currentTarget }) => onChange({ size: freshSize(currentTarget.value) })}
          />
        </Group>
        <NumberField
          label="Next after success of"
          suffix=" %"
          w={140}
          max={100}
          value={wave.success}
          error={below(`${at}/success`) !== undefined}
          onChange={(success) => onChange({ success })}
        />
        <DurationField
          label="and a rest of"
          value={wave.soakSeconds}
          onChange={(soakSeconds) => onChange({ soakSeconds })}
        />
        <Switch
          label="and a person opens it"
          checked={wave.manual}
          mb={8}
          onChange={({ currentTarget }) => onChange({ manual: currentTarget.checked })}
        />
        {!isOnly && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Leave ${wave.name || of} out`}
            onClick={onLeaveOut}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      {flaw !== undefined && (
        <Text size="xs" c="error" mt={4}>
          {flaw}
        </Text>
      )}
    </li>
  );
};

const NEXT = 25;
const freshWave = (place: number): Wave => ({
  ...{ name: `Wave ${place + 1}`, size: { by: 'percent', percent: NEXT } },
  ...{ success: 95, soakSeconds: 3_600, manual: false },
});

type WaveListProps = { readonly waves: readonly Wave[]; readonly onChange: (waves: Wave[]) => void };

/** The waves one by one: how large, and what lets the next one begin. */
export const WaveList = ({ waves, onChange }: WaveListProps) => (
  <div>
    <ol className={styles.waves}>
      {waves.map((wave, place) => (
        <WaveFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place in the list
          key={place}
          wave={wave}
          place={place}
          isOnly={waves.length === 1}
          onChange={(patch) =>
            onChange(waves.map((one, index) => (index === place ? { ...one, ...patch } : one)))
          }
          onLeaveOut={() => onChange(waves.filter((_, index) => index !== place))}
        />
      ))}
    </ol>
    <Button
      size="compact-sm"
      variant="subtle"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => onChange([...waves, freshWave(waves.length)])}
    >
      Another wave
    </Button>
  </div>
);
