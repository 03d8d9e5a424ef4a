import { ActionIcon, Button, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useCallback } from 'react';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { InstantField } from '../../parts/instant-field.tsx';
import { Section } from '../../parts/page.tsx';
import { useFlaw, usePlanning } from './plan-context.ts';
import { TimingFields } from './timing-fields.tsx';

type Freeze = CampaignPlan['freezes'][number];

const DAY = 86_400_000;
const freshFreeze = (): Freeze => {
  const from = new Date();
  from.setHours(24, 0, 0, 0);
  return { name: 'Quiet days', from: from.toISOString(), to: new Date(from.getTime() + DAY).toISOString() };
};

const Freezes = () => {
  const { form, change } = usePlanning();
  const { below, exactly } = useFlaw();
  const { freezes } = form.plan;
  const set = (place: number, patch: Partial<Freeze>): void =>
    change({ freezes: freezes.map((one, index) => (index === place ? { ...one, ...patch } : one)) });
  return (
    <Stack gap="sm" align="flex-start">
      {freezes.map(({ name, from, to }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a freeze is its place in the list
        <Group key={place} gap="xs" align="flex-end">
          <TextInput
            label="Freeze"
            value={name}
            w={160}
            error={below(`/freezes/${place}/name`)}
            onChange={({ currentTarget }) => set(place, { name: currentTarget.value })}
          />
          <InstantField
            label="From"
            value={from}
            onChange={(next) => next !== null && set(place, { from: next })}
          />
          <InstantField
            label="Until"
            value={to}
            error={below(`/freezes/${place}/to`)}
            onChange={(next) => next !== null && set(place, { to: next })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Leave the freeze ${name} out`}
            onClick={() => change({ freezes: freezes.filter((_, index) => index !== place) })}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      {exactly('/freezes') !== undefined && (
        <Text size="xs" c="error">
          {exactly('/freezes')}
        </Text>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => change({ freezes: [...freezes, freshFreeze()] })}
      >
        A freeze, in which nothing begins
      </Button>
    </Stack>
  );
};

const windowsText = ({ windows }: CampaignPlan['download']): string =>
  windows.length === 0 ? '' : ' · windows';

/** When downloads and installations may begin, and when the campaign is over. */
export const ScheduleSection = () => {
  const { form, change } = usePlanning();
  const { below } = useFlaw();
  const { download, install, endAt } = form.plan;
  const setDownload = useCallback(
    (timing: CampaignPlan['download']) => change({ download: timing }),
    [change],
  );
  const setInstall = useCallback((timing: CampaignPlan['install']) => change({ install: timing }), [change]);
  return (
    <Section title="Schedule">
      <Stack gap="md">
        <Tabs defaultValue="install">
          <Tabs.List mb="sm">
            <Tabs.Tab value="install">Installation{windowsText(install)}</Tabs.Tab>
            <Tabs.Tab value="download">Download{windowsText(download)}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="install">
            <TimingFields field="install" label="Installation" timing={install} onChange={setInstall} />
          </Tabs.Panel>
          <Tabs.Panel value="download">
            <TimingFields field="download" label="Download" timing={download} onChange={setDownload} />
          </Tabs.Panel>
        </Tabs>
        <InstantField
          label="End of the campaign"
          description="From then on nothing begins; what is not done is given up"
          value={endAt}
          error={below('/endAt')}
          onChange={(next) => change({ endAt: next })}
        />
        <Freezes />
      </Stack>
    </Section>
  );
};
