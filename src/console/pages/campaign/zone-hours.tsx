import { Group, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CampaignHours } from '../../../wire/muster/rollouts.ts';
import { campaignHoursQuery } from '../../data/insights.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { count, plural, shortInstant } from '../../words/format.ts';
import { midnights, openingOf, type Run, runsOf, shareOfAll } from '../../words/open-now.ts';
import styles from './zone-hours.module.css';

type Phase = 'download' | 'install';

const phases: readonly { readonly value: Phase; readonly label: string }[] = [
  { value: 'install', label: 'Installation' },
  { value: 'download', label: 'Download' },
];

const HOUR = 3_600_000;
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const PALEST = 0.2;

const titleOf = ({ from, length, share }: Run, begin: number, of: string): string => {
  const part = share === 1 ? '' : `, ${Math.round(100 * share)} % of it`;
  return `${of}: ${shortInstant(begin + from * HOUR)} to ${shortInstant(begin + (from + length) * HOUR)}${part}`;
};

type BarProps = {
  readonly shares: readonly number[];
  readonly from: string;
  readonly of: string;
  readonly days: readonly number[];
};

const Bar = ({ shares, from, of, days }: BarProps) => (
  <svg className={styles.bar} viewBox={`0 0 ${shares.length} 1`} preserveAspectRatio="none" aria-hidden>
    <rect className={styles.shut} width={shares.length} height={1} />
    {runsOf(shares).map((run) => (
      <rect
        key={run.from}
        className={styles.open}
        x={run.from}
        width={run.length}
        height={1}
        opacity={PALEST + (1 - PALEST) * run.share}
      >
        <title>{titleOf(run, Date.parse(from), of)}</title>
      </rect>
    ))}
    {days.map((hour) => (
      <line key={hour} className={styles.midnight} x1={hour} x2={hour} y1={0} y2={1} />
    ))}
  </svg>
);

type MapProps = { readonly hours: CampaignHours; readonly phase: Phase };

const HeatMap = ({ hours: { from, zones, others }, phase }: MapProps) => {
  const rows = zones.map((one) => ({ ...one, shares: one[phase] }));
  const all = shareOfAll(rows);
  const marks = midnights(from, all.length);
  const days = marks.map(({ hour }) => hour);
  const devices = rows.reduce((sum, one) => sum + one.devices, 0);
  return (
    <div className={styles.map}>
      <table className={styles.table}>
        <caption className={styles.caption}>
          When {phase === 'install' ? 'installations' : 'downloads'} may begin in the next seven days, by time
          zone
        </caption>
        <thead>
          <tr className={styles.head}>
            <th scope="col">Time zone</th>
            <th scope="col" className={styles.right}>
              Devices
            </th>
            <th scope="col" className={styles.axis}>
              <span className={styles.days}>
                {marks.map(({ hour, at }) => (
                  <span key={hour} style={{ left: `${(100 * hour) / all.length}%` }}>
                    {weekday.format(at)}
                  </span>
                ))}
              </span>
            </th>
            <th scope="col">May begin</th>
          </tr>
        </thead>
        <tbody>
          {rows.length > 1 && (
            <tr className={styles.whole}>
              <th scope="row">All</th>
              <td className={styles.right}>{count(devices)}</td>
              <td className={styles.cell}>
                <Bar shares={all} from={from} of="All" days={days} />
              </td>
              <td className={styles.when}>{openingOf(all)}</td>
            </tr>
          )}
          {rows.map(({ zone, devices: many, shares }) => (
            <tr key={zone}>
              <th scope="row">{zone}</th>
              <td className={styles.right}>{count(many)}</td>
              <td className={styles.cell}>
                <Bar shares={shares} from={from} of={zone} days={days} />
              </td>
              <td className={styles.when}>{openingOf(shares)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed" mt={6}>
        Days of your own time zone. A freeze, or the instant before which nothing begins, shuts hours too.
        {others.zones > 0 &&
          ` ${plural(others.devices, 'device')} in ${plural(others.zones, 'other zone')} are not shown.`}
      </Text>
    </div>
  );
};

/** In which of the next hours the devices of each time zone may begin. */
export const ZoneHours = ({ campaign }: { readonly campaign: string }) => {
  const hours = useQuery(campaignHoursQuery(useApi(), campaign));
  const [phase, setPhase] = useState<Phase>('install');
  return (
    <Section
      title="When devices may begin"
      aside={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            transitionDuration={0}
            aria-label="Of which phase"
            data={[...phases]}
            value={phase}
            onChange={setPhase}
          />
        </Group>
      }
    >
      <Loaded query={hours} what="the hours">
        {(known) =>
          known.zones.length === 0 ? (
            <Empty title="No devices yet">
              Once devices have joined, it is shown here when those of each time zone may begin.
            </Empty>
          ) : (
            <HeatMap hours={known} phase={phase} />
          )
        }
      </Loaded>
    </Section>
  );
};
