import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { DurationField } from '../../parts/duration-field.tsx';
import { InstantField } from '../../parts/instant-field.tsx';
import { WeekEditor } from '../../parts/week-editor.tsx';
import { plural } from '../../words/format.ts';
import {
  type Hours,
  hoursOf,
  openCount,
  usualHours,
  windowsOf,
  type Zone,
  zoneOf,
} from '../../words/week.ts';
import { useFlaw } from './plan-context.ts';
import { WindowList } from './window-list.tsx';

type Timing = CampaignPlan['download'];

type TimingFieldsProps = {
  /** Its name in the plan. */
  readonly field: 'download' | 'install';
  /** `Installation` */
  readonly label: string;
  readonly timing: Timing;
  readonly onChange: (timing: Timing) => void;
};

const zones = [
  { value: 'device', label: "Device's own clock" },
  { value: 'utc', label: 'UTC' },
];

const isZone = (text: string): text is Zone => text === 'device' || text === 'utc';

type WeekProps = Pick<TimingFieldsProps, 'label' | 'timing' | 'onChange'> & { readonly hours: Hours };

const Week = ({ label, timing, hours, onChange }: WeekProps) => {
  const zone = zoneOf(timing.windows) ?? 'device';
  const mark = useCallback(
    (next: Hours) => onChange({ ...timing, windows: windowsOf(next, zone) }),
    [onChange, timing, zone],
  );
  return (
    <Stack gap="xs">
      <WeekEditor label={`${label}: hours of the week`} hours={hours} onChange={mark} />
      <Group gap="xs" justify="space-between" maw={640}>
        <Text size="xs" c="dimmed">
          {plural(openCount(hours), 'hour')} a week. Drag over hours, or use the arrow keys and the space bar.
        </Text>
        <Group gap={4}>
          {usualHours.map(({ label: name, hours: usual }) => (
            <Button key={name} size="compact-xs" variant="default" onClick={() => mark(usual)}>
              {name}
            </Button>
          ))}
        </Group>
      </Group>
    </Stack>
  );
};

/** When a part of an update may begin: from an instant on, in hours of the week, spread over them. */
export const TimingFields = ({ field, label, timing, onChange }: TimingFieldsProps) => {
  const { below, exactly } = useFlaw();
  const { notBefore, windows, spreadSeconds = 0 } = timing;
  const hours = hoursOf(windows);
  const [isBound, setBound] = useState(windows.length > 0);
  const [isExact, setExact] = useState(hours === undefined);
  const zone = zoneOf(windows);
  const isLimited = isBound || windows.length > 0;
  const canSpread = windows.length > 0 || notBefore !== null;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={`${label}: hours`}
          data={[
            { value: 'any', label: 'At any hour' },
            { value: 'windows', label: 'Only in windows' },
          ]}
          value={isLimited ? 'windows' : 'any'}
          onChange={(value) => {
            setBound(value === 'windows');
            if (value === 'any')
              onChange({ ...timing, windows: [], spreadSeconds: notBefore === null ? 0 : spreadSeconds });
          }}
        />
        {isLimited && zone !== undefined && (
          <SegmentedControl
            size="xs"
            aria-label={`${label}: whose clock`}
            data={zones}
            value={zone}
            onChange={(next) =>
              isZone(next) &&
              onChange({ ...timing, windows: windows.map((window) => ({ ...window, zone: next })) })
            }
          />
        )}
        {isLimited && hours !== undefined && (
          <Button size="compact-sm" variant="subtle" onClick={() => setExact(!isExact)}>
            {isExact ? 'Draw the week' : 'Exact times'}
          </Button>
        )}
      </Group>
      {isLimited && hours !== undefined && !isExact && (
        <Week label={label} timing={timing} hours={hours} onChange={onChange} />
      )}
      {isLimited && (hours === undefined || isExact) && (
        <WindowList
          label={label}
          at={`/${field}/windows`}
          windows={windows}
          onChange={(next) => onChange({ ...timing, windows: [...next] })}
        />
      )}
      {exactly(`/${field}/windows`) !== undefined && (
        <Text size="xs" c="error">
          {exactly(`/${field}/windows`)}
        </Text>
      )}
      <Group gap="md" align="flex-start">
        <InstantField
          label="Not before"
          description="In your time zone"
          value={notBefore}
          error={below(`/${field}/notBefore`)}
          onChange={(next) =>
            onChange({
              ...timing,
              notBefore: next,
              spreadSeconds: next === null && windows.length === 0 ? 0 : spreadSeconds,
            })
          }
        />
        <DurationField
          label="Spread over"
          description={canSpread ? 'Each device at its own place in it' : 'After windows or “not before”'}
          value={spreadSeconds}
          error={below(`/${field}/spreadSeconds`)}
          onChange={(next) => onChange({ ...timing, spreadSeconds: next })}
        />
      </Group>
    </Stack>
  );
};
