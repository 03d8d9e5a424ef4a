import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ticksOf } from '../words/curve.ts';
import type { FleetSeries } from '../words/fleet-series.ts';
import { count, shortInstant } from '../words/format.ts';
import styles from './stack-chart.module.css';

type StackChartProps = {
  readonly of: FleetSeries;
  /** What it shows, for those who hear it. */
  readonly label: string;
};

const TICKS = 6;
const DAY = 86_400_000;
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** The colour of a series by its place: the last one of many is that of the others. */
export const shade = (place: number): string => `var(--stack-${Math.min(place, 6)})`;

type Row = { readonly at: number; readonly counts: readonly number[] };
type Shown = { readonly payload?: readonly { readonly payload: Row }[] | undefined };

const toldOf =
  ({ series }: FleetSeries) =>
  ({ payload }: Shown) => {
    const row = payload?.[0]?.payload;
    if (row === undefined) return null;
    return (
      <div className={styles.told}>
        <div>{shortInstant(row.at)}</div>
        {series.map(({ version, label }, place) => (
          <div key={version}>
            {label}: {count(row.counts[place] ?? 0)}
          </div>
        ))}
      </div>
    );
  };

/** Numbers that add up to a whole, over time; each holds until the next. */
export const StackChart = ({ of, label }: StackChartProps) => {
  const rows = of.at.map((at, place) => ({ at, counts: of.series.map(({ counts }) => counts[place] ?? 0) }));
  const lasts = (of.at.at(-1) ?? 0) - (of.at[0] ?? 0);
  const Told = toldOf(of);
  return (
    <div className={styles.chart} role="img" aria-label={label}>
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={rows} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
          <XAxis
            dataKey="at"
            type="number"
            scale="time"
            domain={['dataMin', 'dataMax']}
            tickFormatter={(at: number) => (lasts > 2 * DAY ? day : clock).format(at)}
            tickLine={false}
            axisLine={{ stroke: 'var(--chart-grid)' }}
            ticks={ticksOf(rows, TICKS)}
            minTickGap={24}
            tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
          />
          <YAxis
            allowDecimals={false}
            tickFormatter={count}
            tickLine={false}
            axisLine={false}
            width={56}
            tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
          />
          <Tooltip content={<Told />} isAnimationActive={false} />
          {of.series.map(({ version }, place) => (
            <Area
              key={version}
              dataKey={({ counts }: Row) => counts[place]}
              name={version}
              stackId="all"
              type="stepAfter"
              stroke="var(--mantine-color-body)"
              strokeWidth={1}
              fill={shade(place)}
              fillOpacity={1}
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
};
