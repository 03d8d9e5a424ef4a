import { SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Fleet } from '../../../wire/muster/devices.ts';
import { fleetHistoryQuery } from '../../data/insights.ts';
import { fleetQuery } from '../../data/queries.ts';
import { Section } from '../../parts/page.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Empty, Loaded, Loading } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { type FleetSeries, fleetSeries, OTHERS } from '../../words/fleet-series.ts';
import { count, instant, plural, shortInstant } from '../../words/format.ts';
import { otherVersionsQuery, versionQuery } from './links.ts';
import styles from './overview.module.css';

const StackChart = lazy(async () => ({ default: (await import('../../parts/stack-chart.tsx')).StackChart }));

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MANY = 6;

const spans = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '365', label: '1 year' },
];

const moved = (by: number): string => (by === 0 ? '–' : `${by > 0 ? '+' : '−'}${count(Math.abs(by))}`);

/** Of the past there is no list to lead to: what has changed since stands with the number of today. */
const Versions = ({ of }: { readonly of: FleetSeries }) => {
  const [first = 0] = of.at;
  const others = otherVersionsQuery(
    of.series.map(({ version }) => version).filter((version) => version !== OTHERS),
  );
  return (
    <Table verticalSpacing={5} horizontalSpacing={8} className={styles.versions}>
      <Table.Caption className={styles.caption}>
        Devices by firmware version, now and how that changed
      </Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Version</Table.Th>
          <Table.Th ta="right">
            Now <span className={styles.moved}>since {shortInstant(first)}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {of.series.map(({ version, label, counts }, place) => {
          const [then, now] = [counts[0] ?? 0, counts.at(-1) ?? 0];
          const by = moved(now - then);
          return (
            <Table.Tr key={version}>
              <Table.Td>
                <span className={styles.swatch} data-place={Math.min(place, MANY)} aria-hidden />
                {version === OTHERS ? (
                  label
                ) : (
                  <PageLink to="/devices" search={{ where: versionQuery(version) }} size="sm">
                    {label}
                  </PageLink>
                )}
              </Table.Td>
              <Table.Td ta="right">
                <PageLink
                  to="/devices"
                  search={{ where: version === OTHERS ? others : versionQuery(version) }}
                  size="sm"
                  title={`${count(then)} on ${instant(first)}`}
                  aria-label={`${count(now)} ${by}, devices now and the change since ${shortInstant(first)}: ${label}`}
                >
                  {count(now)} <span className={styles.moved}>{by}</span>
                </PageLink>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
};

const Chart = ({ of }: { readonly of: FleetSeries }) => {
  const now = of.series.map(({ label, counts }) => `${label} ${count(counts.at(-1) ?? 0)}`);
  return (
    <div className={styles.history}>
      <div>
        <Suspense fallback={<Loading what="the chart" />}>
          <StackChart of={of} label={`Devices by firmware version over time; now ${now.join(', ')}`} />
        </Suspense>
        <Text size="xs" c="dimmed" mt={6}>
          Counted once an hour; older than 30 days once a day.
        </Text>
      </div>
      <Versions of={of} />
    </div>
  );
};

const isLongEnough = ({ at }: FleetSeries): boolean => (at.at(-1) ?? 0) - (at[0] ?? 0) >= HOUR;

/** Firmware over time; nothing before there are devices. */
export const FleetHistory = () => {
  const api = useApi();
  const [days, setDays] = useState('30');
  const history = useQuery(fleetHistoryQuery(api, Number(days) * DAY));
  const fleet = useQuery(fleetQuery(api));
  if (fleet.data === undefined || fleet.data.devices === 0) return null;
  const now: Fleet = fleet.data;
  return (
    <Section
      title="Firmware over time"
      aside={
        <SegmentedControl
          size="xs"
          transitionDuration={0}
          aria-label="Of the last"
          data={spans}
          value={days}
          onChange={setDays}
        />
      }
    >
      <Loaded query={history} what="the history of the fleet">
        {({ points, since }) => {
          const of = fleetSeries(points, now, { since, many: MANY });
          if (points.length > 0 && isLongEnough(of)) return <Chart of={of} />;
          return (
            <Empty title="The history of the fleet begins today">
              The server counts the {plural(now.devices, 'device')} once an hour. Come back in an hour or two.
            </Empty>
          );
        }}
      </Loaded>
    </Section>
  );
};
