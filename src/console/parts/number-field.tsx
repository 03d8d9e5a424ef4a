import { NumberInput, type NumberInputProps } from '@mantine/core';

type NumberFieldProps = Omit<NumberInputProps, 'value' | 'onChange' | 'defaultValue'> & {
  readonly value: number | null;
  readonly onChange: (value: number) => void;
  /** Where none may be said. */
  readonly onEmpty?: () => void;
};

/** A number; what is no number yet is not told. */
export const NumberField = ({ value, onChange, onEmpty, ...others }: NumberFieldProps) => (
  <NumberInput
    size="sm"
    hideControls
    allowNegative={false}
    thousandSeparator=","
    clampBehavior="blur"
    {...others}
    value={value ?? ''}
    onChange={(next) => {
      if (typeof next === 'number') onChange(next);
      else if (next === '') onEmpty?.();
    }}
  />
);
