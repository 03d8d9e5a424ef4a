import { ActionIcon, Button, NativeSelect, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { DurationField } from '../../parts/duration-field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import type { Wave } from '../../words/pace.ts';
import styles from './create.module.css';
import { idsOf } from './form.ts';
import { useFlaw } from './plan-context.ts';

type Size = Wave['size'];

const kinds = [
  { value: 'percent', label: '% of all' },
  { value: 'count', label: 'devices' },
  { value: 'query', label: 'where …' },
  { value: 'devices', label: 'named' },
];

const openers = [
  { value: 'itself', label: 'by itself' },
  { value: 'person', label: 'by a person' },
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
          size="xs"
          w={56}
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
          size="xs"
          w={56}
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
          size="xs"
          w={112}
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
          size="xs"
          w={112}
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
      <div className={styles.wave}>
        <div data-label="Wave">
          <TextInput
            size="xs"
            aria-label={`${of}: name`}
            value={wave.name}
            error={below(`${at}/name`) !== undefined}
            onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
          />
        </div>
        <div data-label="Size">
          <SizeValue
            of={of}
            size={wave.size}
            error={below(`${at}/size`)}
            onChange={(size) => onChange({ size })}
          />
          <NativeSelect
            size="xs"
            aria-label={`${of}: kind of size`}
            data={kinds}
            value={wave.size.by}
            className={styles.grow ?? ''}
            onChange={({ currentTarget }) => onChange({ size: freshSize(currentTarget.value) })}
          />
        </div>
        <div data-label="Success">
          <NumberField
            size="xs"
            aria-label={`${of}: percent that must succeed before the next`}
            suffix=" %"
            max={100}
            value={wave.success}
            error={below(`${at}/success`) !== undefined}
            onChange={(success) => onChange({ success })}
          />
        </div>
        <div data-label="Rest">
          <DurationField
            size="xs"
            label={`${of}: rest before the next`}
            isLabelHidden
            value={wave.soakSeconds}
            onChange={(soakSeconds) => onChange({ soakSeconds })}
          />
        </div>
        <div data-label="Next is opened">
          <NativeSelect
            size="xs"
            aria-label={`${of}: who opens the next`}
            data={openers}
            value={wave.manual ? 'person' : 'itself'}
            onChange={({ currentTarget }) => onChange({ manual: currentTarget.value === 'person' })}
          />
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={isOnly}
          aria-label={`Leave ${wave.name || of} out`}
          onClick={onLeaveOut}
        >
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
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
    <div className={styles.waveHead} aria-hidden>
      <span>Wave</span>
      <span>Size</span>
      <span>Success</span>
      <span>Rest</span>
      <span>Next is opened</span>
    </div>
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
