import type { Forecast } from '../wire/muster/forecasts.ts';
import { bytes, counted, moment, number } from './words.ts';

type Band = Forecast['succeeded'];

const band = ({ low, middle, high }: Band, show: (value: number) => string = number): string =>
  low === high ? show(middle) : `${show(middle)} (${show(low)} to ${show(high)})`;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** When the last device is through: the middle of the plays, and between which instants most of them are. */
export const finishText = ({ finish, finished }: Forecast): string => {
  if (finish === null) return `never, as planned (${percent(finished)} of the plays finish)`;
  const range = finish.low === finish.high ? '' : ` (${moment(finish.low)} to ${moment(finish.high)})`;
  return `${moment(finish.middle)}${range}`;
};

/** Devices that cannot take part, or cannot be counted on, by reason. */
const unableText = ({ unable }: Forecast): readonly string[] =>
  unable.map(({ reason, devices, examples }) => {
    const some = examples.slice(0, 3).join(', ');
    return `${counted(devices, 'device')} ${reason}${some === '' ? '' : `, such as ${some}`}`;
  });

/** A forecast in lines. */
export const forecastText = (forecast: Forecast): string => {
  const { devices, peak, waves, trips, waiting } = forecast;
  const lines = [
    `devices    ${number(devices)}`,
    `succeeded  ${band(forecast.succeeded)}`,
    `failed     ${band(forecast.failed)}`,
    `finish     ${finishText(forecast)}`,
    `peak       ${band(peak.inProgress)} in progress, ${band(peak.startsPerMinute)} starts a minute, ${band(peak.bytesPerSecond, bytesOf)}/s`,
    `bytes      ${band(forecast.bytes, bytesOf)}`,
    ...waves.map(
      ({ wave, opens }) => `wave ${wave + 1}     opens ${opens === null ? 'never' : moment(opens.middle)}`,
    ),
    ...trips.map(({ rule, share }) => `stop rule ${rule + 1} fires in ${percent(share)} of the plays`),
    ...waiting.map(({ rule, devices: many }) => `${counted(many, 'device')} still wait: ${rule}`),
    ...unableText(forecast).map((line) => `excluded   ${line}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const bytesOf = (value: number): string => bytes(Math.round(value));
