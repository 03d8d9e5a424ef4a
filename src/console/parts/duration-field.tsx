import { Group, Input, NativeSelect } from '@mantine/core';
import { useId, useState } from 'react';
import { inUnit, secondsIn, type Unit, unitOptions } from '../words/measures.ts';
import { NumberField } from './number-field.tsx';

type DurationFieldProps = {
  readonly label: string;
  readonly description?: string;
  /** In seconds; `null` where there is none. */
  readonly value: number | null;
  readonly onChange: (seconds: number) => void;
  readonly onEmpty?: () => void;
  readonly min?: number;
  readonly error?: string | undefined;
  readonly placeholder?: string;
  /** For a field whose label the table around it shows. */
  readonly isLabelHidden?: boolean;
  readonly size?: 'xs' | 'sm';
};

const isUnit = (text: string): text is Unit => unitOptions.some(({ value }) => value === text);

/** A duration as an amount of a unit that somebody chooses. */
export const DurationField = ({
  label,
  description,
  value,
  onChange,
  onEmpty,
  min = 0,
  error,
  placeholder,
  isLabelHidden = false,
  size = 'sm',
}: DurationFieldProps) => {
  const id = useId();
  const known = value === null ? undefined : inUnit(value);
  const [chosen, setChosen] = useState<Unit | undefined>(known?.unit);
  // Whoever chose minutes keeps them when their number happens to be an hour.
  const unit =
    chosen !== undefined && (value === null || Number.isInteger(value / secondsIn(1, chosen)))
      ? chosen
      : (known?.unit ?? 'min');
  const amount = value === null ? null : value / secondsIn(1, unit);
  return (
    <Input.Wrapper
      {...(!isLabelHidden && { label, labelProps: { htmlFor: id } })}
      description={description}
      error={error}
    >
      <Group gap={4} wrap="nowrap" mt={isLabelHidden ? 0 : 4}>
        <NumberField
          id={id}
          {...(isLabelHidden && { 'aria-label': label })}
          value={amount}
          min={min}
          size={size}
          w={size === 'xs' ? 52 : 76}
          placeholder={placeholder}
          error={error !== undefined}
          onChange={(next) => onChange(secondsIn(next, unit))}
          {...(onEmpty !== undefined && { onEmpty })}
        />
        <NativeSelect
          aria-label={`${label}: unit`}
          data={unitOptions.map((one) => ({ ...one }))}
          value={unit}
          size={size}
          w={size === 'xs' ? 92 : 104}
          onChange={({ currentTarget: { value: next } }) => {
            if (!isUnit(next)) return;
            setChosen(next);
            if (amount !== null) onChange(secondsIn(amount, next));
          }}
        />
      </Group>
    </Input.Wrapper>
  );
};
