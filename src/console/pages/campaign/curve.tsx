import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Campaign, Counts } from '../../../wire/muster/campaigns.ts';
import { courseQuery, forecastQuery, previewQuery } from '../../data/queries.ts';
import { Loaded, Loading } from '../../parts/states.tsx';
import { useApi } from '../../session/use-session.ts';
import { expected, soFar } from '../../words/curve.ts';
import { count, plural, shortInstant } from '../../words/format.ts';
import { totalsOf } from '../../words/progress.ts';
import styles from './board.module.css';

const CurveChart = lazy(async () => ({ default: (await import('../../parts/curve-chart.tsx')).CurveChart }));

/** Whether nothing more happens in a campaign. */
export const isOver = ({ status }: Campaign): boolean =>
  ['ended', 'cancelled', 'rejected', 'failed'].includes(status);

/** The forecast of more devices costs the server so much that somebody has to ask for it. */
const MOST_UNASKED = 100_000;

/** How many it is for: before it starts, those of its query have not joined yet. */
const useDevices = ({ target, startedAt }: Campaign, counts: Counts): number => {
  const expression = target.by === 'query' && startedAt === null ? target.expression : undefined;
  const { data } = useQuery({
    ...previewQuery(useApi(), expression ?? ''),
    enabled: expression !== undefined,
  });
  return Math.max(counts.total, expression === undefined ? 0 : (data?.count ?? 0));
};

type CurveProps = { readonly campaign: Campaign; readonly counts: Counts };

/** What has ended by when, and the band in which the forecast expects the rest. */
export const Curve = ({ campaign, counts }: CurveProps) => {
  const api = useApi();
  const course = useQuery(courseQuery(api, campaign.id));
  const [isAsked, setAsked] = useState(false);
  const devices = useDevices(campaign, counts);
  const isForecastable = !isOver(campaign) && devices > 0;
  const wantsForecast = isForecastable && (isAsked || devices <= MOST_UNASKED);
  const forecast = useQuery({ ...forecastQuery(api, campaign.id), enabled: wantsForecast });
  const finish = wantsForecast ? forecast.data?.planned.finish : null;
  return (
    <Loaded query={course} what="the curve">
      {({ at, startedAt, everySeconds, stretches }) => {
        const now = Date.parse(campaign.endedAt ?? at);
        // One that failed or was cancelled may never have been started.
        const begun = startedAt ?? stretches[0]?.from;
        const start = begun === undefined ? now : Date.parse(begun);
        const band = wantsForecast ? expected(forecast.data?.planned.curve ?? []) : [];
        const past = begun === undefined ? [] : soFar(stretches, everySeconds * 1_000, start, now);
        const { succeeded, failed } = totalsOf(counts);
        const ask = isForecastable && !wantsForecast && (
          <Button size="compact-xs" variant="default" onClick={() => setAsked(true)}>
            {begun === undefined ? `Forecast ${plural(devices, 'device')}` : 'Forecast the rest'}
          </Button>
        );
        const asking = forecast.isFetching && (
          <Text size="xs" c="dimmed" span role="status">
            Forecasting…
          </Text>
        );
        if (past.length + band.length === 0) {
          return (
            <>
              <Text size="sm" c="dimmed">
                The curve begins with the first device that is done.
              </Text>
              <Group gap="md" mt={6}>
                {ask}
                {asking}
              </Group>
            </>
          );
        }
        return (
          <>
            <Suspense fallback={<Loading what="the chart" />}>
              <CurveChart
                points={[...past, ...band].sort((a, b) => a.at - b.at)}
                total={devices}
                label={`${plural(succeeded, 'device')} succeeded and ${count(failed)} failed of ${count(counts.total)}`}
              />
            </Suspense>
            <Group gap="md" mt={6} className={styles.key}>
              <span data-line="succeeded">Succeeded</span>
              <span data-line="failed">Failed</span>
              {band.length > 0 && <span data-line="expected">Forecast, 10 to 90 % of its plays</span>}
              {finish != null && (
                <Text size="xs" c="dimmed" span>
                  Done by {shortInstant(finish.middle)}, at the latest {shortInstant(finish.high)}
                </Text>
              )}
              {ask}
              {asking}
            </Group>
          </>
        );
      }}
    </Loaded>
  );
};
