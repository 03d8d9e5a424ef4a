import { Code, Group, Loader, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CampaignPlan } from '../../../wire/muster/plan.ts';
import { previewQuery, savedQueriesQuery } from '../../data/planning.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { useApi } from '../../session/use-session.ts';
import { count, plural } from '../../words/format.ts';
import styles from './create.module.css';
import { Exclusions } from './exclusions.tsx';
import { idsOf } from './form.ts';
import { useFlaw, usePlanning } from './plan-context.ts';

const PAUSE = 300;

type QueryTarget = Extract<CampaignPlan['target'], { readonly by: 'query' }>;
const freshTarget: QueryTarget = { by: 'query', expression: '', list: null, reevaluateSeconds: 0 };

const again = [
  { value: '0', label: 'Only those that match at the start' },
  { value: '300', label: 'Others join within 5 minutes of matching' },
  { value: '3600', label: 'Others join within an hour of matching' },
  { value: '86400', label: 'Others join within a day of matching' },
];

const againOptions = (seconds: number) =>
  again.some(({ value }) => value === String(seconds))
    ? again
    : [...again, { value: String(seconds), label: `Others join within ${count(seconds)} s of matching` }];

/** How many devices match, and the first of them. */
const Matching = ({ expression }: { readonly expression: string }) => {
  const [settled] = useDebouncedValue(expression.trim(), PAUSE);
  const { data, error } = useQuery({
    ...previewQuery(useApi(), settled),
    enabled: settled !== '',
    placeholderData: (last) => last,
  });
  if (settled === '' || error !== null) return null;
  if (data === undefined) return <Loader size="xs" aria-label="Counting the devices" />;
  const { count: matching, sample } = data;
  return (
    <Text size="sm" aria-live="polite">
      <PageLink to="/devices" search={{ where: settled }} size="sm" fw={600}>
        {plural(matching, 'device')} {matching === 1 ? 'matches' : 'match'}
      </PageLink>
      {sample.length > 0 && (
        <Text span size="sm" c="dimmed">
          {' '}
          {sample.map(({ id }) => id).join(', ')}
          {matching > sample.length ? ', …' : ''}
        </Text>
      )}
    </Text>
  );
};

const ByQuery = ({ target }: { readonly target: QueryTarget }) => {
  const { change } = usePlanning();
  const { below } = useFlaw();
  const saved = useQuery(savedQueriesQuery(useApi()));
  const set = (patch: Partial<QueryTarget>): void => change({ target: { ...target, ...patch } });
  const queries = saved.data?.items ?? [];
  return (
    <Stack gap="sm">
      <Textarea
        label="Devices that match"
        description={
          <>
            <Code>model = "GW-2" and site in (berlin, oslo)</Code>, <Code>tag = pilot</Code>,{' '}
            <Code>version &lt; "2.0"</Code>; <Code>*</Code> is every device
          </>
        }
        classNames={{ input: styles.code ?? '' }}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        value={target.expression}
        error={below('/target')}
        onChange={({ currentTarget }) => set({ expression: currentTarget.value, list: null })}
      />
      <Matching expression={target.expression} />
      <Group gap="sm" align="flex-end">
        {queries.length > 0 && (
          <Select
            label="From a saved query"
            placeholder="Choose one"
            searchable
            clearable
            data={queries.map(({ id, name }) => ({ value: id, label: name }))}
            value={target.list ?? null}
            onChange={(id) => {
              const query = queries.find((one) => one.id === id);
              set(query === undefined ? { list: null } : { list: query.id, expression: query.expression });
            }}
            w={240}
          />
        )}
        <Select
          label="Devices that match later"
          data={againOptions(target.reevaluateSeconds)}
          allowDeselect={false}
          value={String(target.reevaluateSeconds)}
          onChange={(seconds) => set({ reevaluateSeconds: Number(seconds ?? 0) })}
          w={320}
        />
      </Group>
    </Stack>
  );
};

const ByHand = () => {
  const { form, setDevices, campaign } = usePlanning();
  const { below } = useFlaw();
  const [text, setText] = useState(() => form.devices.join('\n'));
  return (
    <Textarea
      label={campaign === undefined ? 'Ids of devices' : 'Ids of devices to add'}
      description="One in a line, or with commas between them. More can be added on the page of the campaign."
      classNames={{ input: styles.code ?? '' }}
      autosize
      minRows={3}
      maxRows={10}
      spellCheck={false}
      value={text}
      error={below('/devices')}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        setDevices(idsOf(currentTarget.value));
      }}
      inputWrapperOrder={['label', 'description', 'input', 'error']}
    />
  );
};

/** Who is to get it, and who of them cannot. */
export const DevicesSection = () => {
  const { form, change } = usePlanning();
  const { target } = form.plan;
  const choose = (by: string): void => change({ target: by === 'query' ? freshTarget : { by: 'hand' } });
  return (
    <Section
      title="Devices"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="How devices are chosen"
          data={[
            { value: 'query', label: 'By query' },
            { value: 'hand', label: 'By hand' },
          ]}
          value={target.by}
          onChange={choose}
        />
      }
    >
      <Stack gap="sm">
        {'expression' in target ? <ByQuery target={target} /> : <ByHand />}
        <Exclusions />
      </Stack>
    </Section>
  );
};
