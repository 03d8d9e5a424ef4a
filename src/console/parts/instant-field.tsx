import { TextInput } from '@mantine/core';
import { fromLocal, toLocal } from '../words/measures.ts';

type InstantFieldProps = {
  readonly label: string;
  readonly description?: string;
  readonly value: string | null;
  readonly onChange: (instant: string | null) => void;
  readonly error?: string | undefined;
};

/** An instant in the reader's time zone. */
export const InstantField = ({ label, description, value, onChange, error }: InstantFieldProps) => (
  <TextInput
    type="datetime-local"
    w={240}
    maw="100%"
    label={label}
    description={description}
    error={error}
    value={toLocal(value)}
    onChange={({ currentTarget }) => onChange(fromLocal(currentTarget.value))}
  />
);
