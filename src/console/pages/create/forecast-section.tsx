import { Button, Group, Loader, Select, Table, Text } from '@mantine/core';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Forecast, Forecasts } from '../../../wire/muster/forecasts.ts';
import { Section } from '../../parts/page.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { expected, sideBySide } from '../../words/curve.ts';
import { bytes, count, percent, plural, shortInstant } from '../../words/format.ts';
import { stopRuleText } from '../../words/rules.ts';
import { whatIfs } from '../../words/what-if.ts';
import styles from './create.module.css';
import { usePlanForecast } from './forecast.ts';
import { usePlanning } from './plan-context.ts';

const CurveChart = lazy(async () => ({ default: (await import('../../parts/curve-chart.tsx')).CurveChart }));

const WHOLE = 1_000;
const NEVER = 'Not, as planned';

/** What devices wait for that never begin. */
const waits: Readonly<Record<string, string>> = {
  'campaign-status': 'the campaign is paused or over by then',
  'campaign-end': 'the campaign ends before their turn',
  approval: 'nobody gives them a go',
  wave: 'their wave does not open',
  held: 'their part is held',
  window: 'no window comes',
  packages: 'there is nothing to send them',
};

type Line = readonly [label: string, text: (forecast: Forecast) => string];

const lines: readonly Line[] = [
  ['Done by', ({ finish }) => (finish === null ? NEVER : shortInstant(finish.middle))],
  ['At the latest', ({ finish }) => (finish === null ? '–' : shortInstant(finish.high))],
  ['Succeed', ({ succeeded, devices }) => `${count(succeeded.middle)} of ${count(devices)}`],
  ['Fail', ({ failed }) => `${count(failed.middle)} (${count(failed.low)}–${count(failed.high)})`],
  ['In progress at most', ({ peak }) => count(peak.inProgress.middle)],
  ['Starts a minute at most', ({ peak }) => count(peak.startsPerMinute.middle)],
  ['Bytes', ({ bytes: all }) => bytes(all.middle)],
  ['Bytes a second at most', ({ peak }) => `${bytes(peak.bytesPerSecond.middle)}/s`],
];

type NumbersProps = {
  readonly planned: Forecast;
  readonly changed: Forecast | undefined;
  readonly other: string;
};

const Numbers = ({ planned, changed, other }: NumbersProps) => (
  <Table verticalSpacing={5} horizontalSpacing={6} className={styles.numbers}>
    {changed !== undefined && (
      <Table.Thead>
        <Table.Tr>
          <Table.Th />
          <Table.Th ta="right">As planned</Table.Th>
          <Table.Th ta="right">{other}</Table.Th>
        </Table.Tr>
      </Table.Thead>
    )}
    <Table.Tbody>
      {lines.map(([label, text]) => (
        <Table.Tr key={label}>
          <Table.Th scope="row">{label}</Table.Th>
          <Table.Td ta="right">{text(planned)}</Table.Td>
          {changed !== undefined && (
            <Table.Td ta="right" fw={text(changed) === text(planned) ? 400 : 600}>
              {text(changed)}
            </Table.Td>
          )}
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
);

/** What may come in the way: rules that fire in some of the plays, and devices that still wait in the end. */
const Warnings = ({ planned }: { readonly planned: Forecast }) => {
  const { stopRules } = usePlanning().settled;
  const { trips, waiting, waves } = planned;
  return (
    <ul className={styles.notes}>
      {waves
        .filter(({ opens, wave }) => opens !== null && wave > 0)
        .map(({ wave, opens }) => (
          <li key={`wave ${wave}`}>
            Wave {wave + 1} opens about {opens === null ? '' : shortInstant(opens.middle)}
          </li>
        ))}
      {trips.map(({ rule, share }) => (
        <li key={`rule ${rule}`}>
          In {percent(Math.round(share * WHOLE), WHOLE)} of the plays this rule fires:{' '}
          {stopRules[rule] === undefined ? `rule ${rule + 1}` : stopRuleText(stopRules[rule])}
        </li>
      ))}
      {waiting.map(({ rule, devices }) => (
        <li key={rule}>
          {plural(devices, 'device')} would still wait in the end ({waits[rule] ?? rule.replaceAll('-', ' ')})
        </li>
      ))}
    </ul>
  );
};

type ShownProps = {
  readonly found: Pick<Forecasts, 'basis' | 'planned' | 'changed'>;
  readonly other: string | undefined;
  readonly isOld: boolean;
};

const Shown = ({ found: { basis, planned, changed }, other, isOld }: ShownProps) => {
  const beside = other === undefined ? undefined : (changed ?? undefined);
  const points = useMemo(
    () => (beside === undefined ? expected(planned.curve) : sideBySide(planned.curve, beside.curve)),
    [planned, beside],
  );
  const done =
    planned.finish === null ? 'not done, as planned' : `done by ${shortInstant(planned.finish.middle)}`;
  return (
    <div className={styles.forecast} data-old={isOld}>
      <Suspense fallback={<Loading what="the chart" />}>
        <CurveChart
          points={points}
          total={planned.devices}
          label={`Forecast: ${plural(planned.devices, 'device')}, ${done}`}
        />
      </Suspense>
      <Group gap="md" mt={6} className={styles.key}>
        <span data-line="expected">Expected to have succeeded, 10 to 90 % of the plays</span>
        {beside !== undefined && <span data-line="compared">{other}</span>}
      </Group>
      <div className={styles.foreseen}>
        <Numbers planned={planned} changed={beside} other={other ?? ''} />
        <div>
          <Warnings planned={planned} />
          <Text size="xs" c="dimmed" mt={6}>
            {basis === 'history'
              ? 'From how the newest campaigns of this account went.'
              : 'From usual figures: this account has too little history yet.'}
          </Text>
        </div>
      </div>
    </div>
  );
};

/** How the campaign will go, and how it would otherwise. */
export const ForecastSection = () => {
  const { settled, examination } = usePlanning();
  const [chosen, setChosen] = useState<string | null>(null);
  const options = useMemo(() => whatIfs(settled, examination?.devices ?? 0), [settled, examination?.devices]);
  const other = options.find(({ label }) => label === chosen);
  const { data, error, isFetching, isPlaceholderData, isReady, asksFirst, refetch } = usePlanForecast(
    other?.change,
  );
  return (
    <Section
      title="Forecast"
      aside={
        data !== undefined && (
          <Select
            size="xs"
            w={280}
            aria-label="Compare with"
            placeholder="Compare with…"
            clearable
            data={options.map(({ label }) => label)}
            value={other?.label ?? null}
            onChange={setChosen}
          />
        )
      }
    >
      {!isReady && (
        <Text size="sm" c="dimmed">
          It is made once there is something to send, and somebody to send it to.
        </Text>
      )}
      {isReady && asksFirst && (
        <Button size="xs" variant="default" mb="sm" loading={isFetching} onClick={() => void refetch()}>
          Forecast {plural(examination?.devices ?? 0, 'device')}
        </Button>
      )}
      {isReady && error !== null && data === undefined && (
        <Failure error={error} what="the forecast" onRetry={() => void refetch()} />
      )}
      {isReady && data === undefined && isFetching && <Loading what="the forecast" />}
      {isReady && data !== undefined && (
        <>
          <Shown found={data} other={other?.label} isOld={isPlaceholderData} />
          {isFetching && (
            <Group gap={6} mt={4} role="status">
              <Loader size={12} aria-hidden />
              <Text size="xs" c="dimmed">
                Forecasting anew…
              </Text>
            </Group>
          )}
        </>
      )}
    </Section>
  );
};
