import type { ForecastRequest, Forecasts } from '../../app/forecast.ts';
import type { Assumptions, Band, Forecast } from '../../domain/forecast.ts';
import { SECOND } from '../../domain/time.ts';
import type {
  ForecastRequest as Asked,
  Forecast as ShownForecast,
  Forecasts as ShownForecasts,
} from '../../wire/muster/forecasts.ts';
import { toInstant } from './map.ts';
import { fromPlan } from './plan-map.ts';

type Shown = ShownForecasts['assumptions'];

const fromSeconds = (seconds: number | null | undefined): number | null | undefined =>
  typeof seconds === 'number' ? seconds * SECOND : seconds;

const toSeconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : milliseconds / SECOND;

/** What is asked, in the domain's words. */
export const fromForecast = ({ change, assumptions }: Asked): ForecastRequest => ({
  change: change && fromPlan(change),
  assumptions: assumptions && fromAssumptions(assumptions),
});

const fromAssumptions = (shown: NonNullable<Asked['assumptions']>): ForecastRequest['assumptions'] => {
  const { downloadSeconds, executionSeconds, activationSeconds, approvalSeconds, openingSeconds, ...same } =
    shown;
  return {
    ...same,
    durations: {
      ...(downloadSeconds !== undefined && { download: downloadSeconds * SECOND }),
      ...(executionSeconds !== undefined && { execution: executionSeconds * SECOND }),
      ...(activationSeconds !== undefined && { activation: activationSeconds * SECOND }),
    },
    approval: fromSeconds(approvalSeconds),
    opening: fromSeconds(openingSeconds),
  };
};

const toAssumptions = ({ durations, approval, opening, ...same }: Assumptions): Shown => ({
  ...same,
  downloadSeconds: durations.download / SECOND,
  executionSeconds: durations.execution / SECOND,
  activationSeconds: durations.activation / SECOND,
  approvalSeconds: toSeconds(approval),
  openingSeconds: toSeconds(opening),
});

const toMoments = ({ low, middle, high }: Band) => ({
  low: toInstant(low),
  middle: toInstant(middle),
  high: toInstant(high),
});

const toForecast = (forecast: Forecast): ShownForecast => ({
  devices: forecast.devices,
  runs: forecast.runs,
  played: forecast.played,
  curve: forecast.curve.map(({ at, ...band }) => ({ at: toInstant(at), ...band })),
  finish: forecast.finish && toMoments(forecast.finish),
  finished: forecast.finished,
  succeeded: forecast.succeeded,
  failed: forecast.failed,
  peak: forecast.peak,
  bytes: forecast.bytes,
  waves: forecast.waves.map(({ wave, opens }) => ({ wave, opens: opens && toMoments(opens) })),
  trips: forecast.trips.map(({ rule, share, at }) => ({ rule, share, at: toMoments(at) })),
  waiting: forecast.waiting.map((one) => ({ ...one })),
  unable: forecast.unable.map(({ reason, devices, examples }) => ({
    reason,
    devices,
    examples: [...examples],
  })),
});

/** How a campaign is expected to go, as this wire writes it. */
export const toForecasts = ({ at, from, assumptions, planned, changed }: Forecasts): ShownForecasts => ({
  at: toInstant(at),
  basis: from,
  assumptions: toAssumptions(assumptions),
  planned: toForecast(planned),
  changed: changed && toForecast(changed),
});
