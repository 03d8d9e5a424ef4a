import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { Section } from '../../parts/page.tsx';
import { type Ramp, usualWaves } from '../../words/pace.ts';
import { Budgets } from './budgets.tsx';
import { useFlaw, usePlanning } from './plan-context.ts';
import { RampDrawing, WavesDrawing } from './rollout-drawing.tsx';
import { WaveList } from './wave-list.tsx';

type Rollout = CampaignPlan['rollout'];

const freshRamp: Ramp = { by: 'ramp', perMinute: 5, factor: 2, every: 100, most: 200 };

const freshOf = (by: string): Rollout => {
  if (by === 'waves') return { by: 'waves', waves: usualWaves() };
  return by === 'ramp' ? freshRamp : { by: 'all' };
};

const RampFields = ({ ramp }: { readonly ramp: Ramp }) => {
  const { change } = usePlanning();
  const { below } = useFlaw();
  const field = (name: 'perMinute' | 'factor' | 'every' | 'most', label: string, width: number) => (
    <NumberField
      label={label}
      w={width}
      min={1}
      value={ramp[name]}
      allowDecimal={name === 'factor'}
      error={below(`/rollout/${name}`)}
      onChange={(value) => change({ rollout: { ...ramp, [name]: value } })}
    />
  );
  return (
    <Group gap="md" align="flex-end">
      {field('perMinute', 'Starts a minute at first', 170)}
      {field('factor', 'Times as many', 120)}
      {field('every', 'after every … successes', 180)}
      {field('most', 'Starts a minute at most', 170)}
    </Group>
  );
};

/** How devices are let in: all at once, in waves, or faster and faster; and how many at a time. */
export const RolloutSection = () => {
  const { form, change, examination } = usePlanning();
  const { below, exactly } = useFlaw();
  const { rollout, concurrency, stopRules } = form.plan;
  const devices = examination?.devices;
  const choose = (by: string): void => {
    const next = freshOf(by);
    // A rule for waves means nothing without any.
    const rules = next.by === 'waves' ? stopRules : stopRules.filter(({ scope }) => scope.by !== 'wave');
    change({ rollout: next, stopRules: rules });
  };
  return (
    <Section
      title="Rollout"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="How devices are let in"
          data={[
            { value: 'waves', label: 'In waves' },
            { value: 'ramp', label: 'As a ramp' },
            { value: 'all', label: 'All at once' },
          ]}
          value={rollout.by}
          onChange={choose}
        />
      }
    >
      <Stack gap="md">
        {rollout.by === 'waves' && (
          <>
            <WavesDrawing waves={rollout.waves} devices={devices} />
            <WaveList
              waves={rollout.waves}
              onChange={(waves) => change({ rollout: { by: 'waves', waves } })}
            />
            {exactly('/rollout/waves') !== undefined && (
              <Text size="xs" c="error">
                {exactly('/rollout/waves')}
              </Text>
            )}
          </>
        )}
        {rollout.by === 'ramp' && (
          <>
            <RampFields ramp={rollout} />
            <RampDrawing ramp={rollout} devices={devices ?? 0} />
          </>
        )}
        {rollout.by === 'all' && (
          <Text size="sm" c="dimmed">
            Every device may begin when it next comes, as the schedule and the limits let it.
          </Text>
        )}
        <Group gap="md" align="flex-start">
          <NumberField
            label="In progress at a time"
            description="Over the whole campaign"
            placeholder="No limit"
            min={1}
            w={200}
            allowDecimal={false}
            value={concurrency}
            error={below('/concurrency')}
            onChange={(value) => change({ concurrency: value })}
            onEmpty={() => change({ concurrency: null })}
          />
          <Budgets />
        </Group>
      </Stack>
    </Section>
  );
};
