import { Group, Stack, Table, Text } from '@mantine/core';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { DurationField } from '../../parts/duration-field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Section } from '../../parts/page.tsx';
import styles from './create.module.css';
import { useFlaw, usePlanning } from './plan-context.ts';

type Retry = CampaignPlan['retry'];
type Class = keyof NonNullable<Retry['classes']>;

const classes: readonly { readonly name: Class; readonly label: string; readonly such: string }[] = [
  { name: 'transient', label: 'Passing', such: 'connection lost, time-outs' },
  { name: 'busy', label: 'Busy', such: 'the device had something else to do' },
  { name: 'data', label: 'Data', such: 'checksum mismatch' },
  { name: 'permanent', label: 'Lasting', such: 'no space, wrong package' },
  { name: 'unknown', label: 'Unknown', such: 'installation failed, no reason' },
];

/** Without a word for its class a failure that lasts, or that nobody understands, is not tried again. */
const usualFor = (name: Class, { attempts }: Retry): string =>
  name === 'permanent' || name === 'unknown' ? '1' : String(attempts);

const ClassRow = ({ name, label, such }: (typeof classes)[number]) => {
  const { form, change } = usePlanning();
  const { retry } = form.plan;
  const own = retry.classes?.[name];
  const set = (tries: Retry['classes']): void => change({ retry: { ...retry, classes: { ...tries } } });
  const others = (): NonNullable<Retry['classes']> =>
    Object.fromEntries(Object.entries(retry.classes ?? {}).filter(([one]) => one !== name));
  const backOffSeconds = own?.backOffSeconds ?? retry.backOffSeconds;
  return (
    <Table.Tr>
      <Table.Td>
        {label}{' '}
        <Text span size="xs" c="dimmed">
          {such}
        </Text>
      </Table.Td>
      <Table.Td>
        <NumberField
          aria-label={`${label} failures: attempts`}
          w={76}
          size="xs"
          min={1}
          max={100}
          allowDecimal={false}
          placeholder={usualFor(name, retry)}
          value={own?.attempts ?? null}
          onChange={(attempts) => set({ ...retry.classes, [name]: { attempts, backOffSeconds } })}
          onEmpty={() => set(others())}
        />
      </Table.Td>
    </Table.Tr>
  );
};

const timeouts = [
  { name: 'downloadSeconds', label: 'Download' },
  { name: 'executionSeconds', label: 'Installation' },
  { name: 'activationSeconds', label: 'Activation' },
] as const;

/** What follows a failure, and how long the server waits for a word. */
export const RetrySection = () => {
  const { form, change } = usePlanning();
  const { below } = useFlaw();
  const { retry, timeouts: patience } = form.plan;
  return (
    <Section title="Retries and patience">
      <Stack gap="md">
        <Group gap="md" align="flex-start">
          <NumberField
            label="Attempts"
            description="1 is exactly once"
            w={110}
            min={1}
            max={100}
            allowDecimal={false}
            value={retry.attempts}
            error={below('/retry/attempts')}
            onChange={(attempts) => change({ retry: { ...retry, attempts } })}
          />
          <DurationField
            label="First pause"
            description="Twice as long each time after"
            value={retry.backOffSeconds}
            error={below('/retry/backOffSeconds')}
            onChange={(backOffSeconds) => change({ retry: { ...retry, backOffSeconds } })}
          />
          <DurationField
            label="Rest after the last"
            description="Before it may begin again"
            value={retry.coolDownSeconds ?? 0}
            error={below('/retry/coolDownSeconds')}
            onChange={(coolDownSeconds) => change({ retry: { ...retry, coolDownSeconds } })}
          />
        </Group>
        <details className={styles.more}>
          <summary>Other attempts for some failures</summary>
          <Table verticalSpacing={4} horizontalSpacing={6} maw={480}>
            <Table.Tbody>
              {classes.map((one) => (
                <ClassRow key={one.name} {...one} />
              ))}
            </Table.Tbody>
          </Table>
        </details>
        <Group gap="md" align="flex-start">
          {timeouts.map(({ name, label }) => (
            <DurationField
              key={name}
              label={`${label} at most`}
              placeholder="–"
              min={1}
              value={patience[name]}
              error={below(`/timeouts/${name}`)}
              onChange={(seconds) => change({ timeouts: { ...patience, [name]: seconds } })}
              onEmpty={() => change({ timeouts: { ...patience, [name]: null } })}
            />
          ))}
        </Group>
      </Stack>
    </Section>
  );
};
