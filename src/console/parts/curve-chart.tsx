import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { type Point, ticksOf } from '../words/curve.ts';
import { count, shortInstant } from '../words/format.ts';
import styles from './curve-chart.module.css';

type CurveChartProps = {
  readonly points: readonly Point[];
  readonly total: number;
  /** What it shows, for those who hear it. */
  readonly label: string;
};

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const seconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const TICKS = 7;
const DAY = 86_400_000;
const SHORT = 600_000;

const axisText = (points: readonly Point[]): ((at: number) => string) => {
  const lasts = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  if (lasts > TICKS * DAY) return (at) => day.format(at);
  if (lasts > DAY) return (at) => weekday.format(at);
  return (at) => (lasts < SHORT ? seconds : clock).format(at);
};

type Shown = { readonly payload?: readonly { readonly payload: Point }[] | undefined };

const Told = ({ payload }: Shown) => {
  const point = payload?.[0]?.payload;
  if (point === undefined) return null;
  const { at, succeeded, failed, band, expected, compared } = point;
  return (
    <div className={styles.told}>
      <div>{shortInstant(at)}</div>
      {succeeded !== undefined && <div>{count(succeeded)} succeeded</div>}
      {failed !== undefined && <div>{count(failed)} failed</div>}
      {compared !== undefined && <div>{count(compared)} with the other plan</div>}
      {band !== undefined && expected !== undefined && (
        <div>
          {count(expected)} expected ({count(band[0])}–{count(band[1])})
        </div>
      )}
    </div>
  );
};

/** Devices that are done by when, against what was expected. */
export const CurveChart = ({ points, total, label }: CurveChartProps) => (
  <div className={styles.chart} role="img" aria-label={label}>
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={[...points]}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="at"
          type="number"
          domain={['dataMin', 'dataMax']}
          tickFormatter={axisText(points)}
          tickLine={false}
          axisLine={{ stroke: 'var(--chart-grid)' }}
          ticks={ticksOf(points, TICKS)}
          minTickGap={24}
          tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
        />
        <YAxis
          domain={[0, Math.max(1, total)]}
          allowDecimals={false}
          tickFormatter={count}
          tickLine={false}
          axisLine={false}
          width={56}
          tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
        />
        <Tooltip content={<Told />} isAnimationActive={false} />
        <Area
          dataKey="band"
          stroke="none"
          fill="var(--chart-band)"
          isAnimationActive={false}
          connectNulls
          activeDot={false}
        />
        <Line
          dataKey="expected"
          stroke="var(--chart-expected)"
          strokeDasharray="4 4"
          dot={false}
          isAnimationActive={false}
          connectNulls
        />
        <Line
          dataKey="compared"
          stroke="var(--chart-compared)"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
          connectNulls
        />
        <Line
          dataKey="failed"
          stroke="var(--chart-failed)"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
          connectNulls
        />
        <Line
          dataKey="succeeded"
          stroke="var(--chart-succeeded)"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
          connectNulls
        />
      </ComposedChart>
    </ResponsiveContainer>
  </div>
);
