import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';

type FilterMenuProps = {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  /** Something is always chosen, so that it says nothing how many. */
  readonly quiet?: true;
};

/** Several of a list of words, behind a button that says how many. */
export const FilterMenu = ({ label, options, chosen, onChange, quiet }: FilterMenuProps) => (
  <Popover position="bottom-start" shadow="md" trapFocus returnFocus>
    <Popover.Target>
      <Button
        variant={chosen.length > 0 && quiet === undefined ? 'light' : 'default'}
        size="sm"
        rightSection={<IconChevronDown size={14} aria-hidden />}
      >
        {chosen.length > 0 && quiet === undefined ? `${label}: ${chosen.length}` : label}
      </Button>
    </Popover.Target>
    <Popover.Dropdown mah={360} style={{ overflowY: 'auto' }}>
      <Checkbox.Group value={[...chosen]} onChange={onChange} label={label}>
        <Stack gap={8} mt="xs">
          {options.map(({ value, label: text }) => (
            <Checkbox key={value} value={value} label={text} size="xs" />
          ))}
        </Stack>
      </Checkbox.Group>
    </Popover.Dropdown>
  </Popover>
);
