import { ActionIcon, Button, Chip, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { dayLabels, type Window, weekDays } from '../../words/week.ts';
import styles from './create.module.css';
import { useFlaw } from './plan-context.ts';

const fresh: Window = { days: [...weekDays], from: '22:00', to: '06:00', zone: 'device' };

/** An input of time knows no end of the day. */
const shown = (time: string): string => (time === '24:00' ? '00:00' : time);

type WindowListProps = {
  readonly label: string;
  /** Where the windows are in the plan. */
  readonly at: string;
  readonly windows: readonly Window[];
  readonly onChange: (windows: readonly Window[]) => void;
};

/** Windows one by one, to the minute and each on its own clock. */
export const WindowList = ({ label, at, windows, onChange }: WindowListProps) => {
  const { below } = useFlaw();
  const set = (place: number, patch: Partial<Window>): void =>
    onChange(windows.map((window, index) => (index === place ? { ...window, ...patch } : window)));
  return (
    <Stack gap="sm" align="flex-start">
      {windows.map(({ days, from, to, zone }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a window is its place in the list
        <div key={place} className={styles.window}>
          <Chip.Group
            multiple
            value={[...days]}
            onChange={(next) => set(place, { days: weekDays.filter((day) => next.includes(day)) })}
          >
            <Group gap={4}>
              {weekDays.map((day, index) => (
                <Chip key={day} value={day} size="xs" radius="sm">
                  {dayLabels[index]}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <Group gap={6} wrap="nowrap">
            <TextInput
              type="time"
              size="xs"
              aria-label={`${label}, window ${place + 1}: from`}
              value={shown(from)}
              onChange={({ currentTarget: { value } }) => value !== '' && set(place, { from: value })}
            />
            <Text size="sm">to</Text>
            <TextInput
              type="time"
              size="xs"
              aria-label={`${label}, window ${place + 1}: to`}
              value={shown(to)}
              onChange={({ currentTarget: { value } }) =>
                value !== '' && set(place, { to: value === '00:00' ? '24:00' : value })
              }
            />
            <NativeSelect
              size="xs"
              aria-label={`${label}, window ${place + 1}: whose clock`}
              data={[
                { value: 'device', label: "device's clock" },
                { value: 'utc', label: 'UTC' },
              ]}
              value={zone}
              onChange={({ currentTarget: { value } }) =>
                set(place, { zone: value === 'utc' ? 'utc' : 'device' })
              }
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`${label}: leave window ${place + 1} out`}
              onClick={() => onChange(windows.filter((_, index) => index !== place))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
          {below(`${at}/${place}`) !== undefined && (
            <Text size="xs" c="error">
              {below(`${at}/${place}`)}
            </Text>
          )}
        </div>
      ))}
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => onChange([...windows, { ...fresh, days: [...fresh.days] }])}
      >
        Another window
      </Button>
    </Stack>
  );
};
