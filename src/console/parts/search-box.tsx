import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';

type SearchBoxProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly error?: ReactNode;
  readonly width?: number | string;
};

const PAUSE = 300;

/** A text that filters, a moment after somebody has stopped typing. `/` leads to it. */
export const SearchBox = ({ label, value, onChange, placeholder, error, width = 280 }: SearchBoxProps) => {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onChange, PAUSE);
  useEffect(() => setTyped(value), [value]);
  const type = (text: string): void => {
    setTyped(text);
    tell(text);
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder ?? label}
      value={typed}
      onChange={({ currentTarget }) => type(currentTarget.value)}
      error={error}
      w={{ base: '100%', sm: width }}
      data-search-box
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed === '' ? null : <CloseButton size="sm" aria-label="Clear" onClick={() => type('')} />
      }
    />
  );
};
