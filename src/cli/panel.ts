import type { Campaign, Counts } from '../wire/muster/campaigns.ts';
import type { Forecast } from '../wire/muster/forecasts.ts';
import type { Rollout } from '../wire/muster/rollouts.ts';
import { totals } from './campaign-columns.ts';
import { finishText } from './forecast-text.ts';
import { plain } from './output.ts';
import { bar } from './progress-bar.ts';
import { duration, moment, number } from './words.ts';

/** What is known of a campaign at a moment. */
export type View = {
  readonly campaign: Pick<Campaign, 'id' | 'name' | 'status' | 'because'>;
  readonly counts: Counts;
  readonly rollout: Pick<Rollout, 'wave' | 'waves' | 'tallies' | 'opensAt' | 'held' | 'tripped'>;
  readonly forecast: Forecast | undefined;
  /** Updates that ended in a minute, of late; `undefined` while that is not known. */
  readonly perMinute: number | undefined;
  /** Milliseconds of the epoch at which it was read. */
  readonly at: number;
};

const BAR = 32;

const phaseOf = (position: string): string => {
  const [, phase = 'waiting'] = /^(download|execution|activation|reset)/.exec(position) ?? [];
  return phase;
};

const isWaiting = (position: string): boolean =>
  /awaiting-approval|scheduled|ready|^pending|^inventoried/.test(position);

/** Open devices by phase, those that run and those that wait. */
const phaseLines = ({ open }: Counts): readonly string[] => {
  const phases = ['waiting', 'download', 'execution', 'activation', 'reset'];
  const found = phases.map((phase) => {
    const own = Object.entries(open).filter(([position]) => phaseOf(position) === phase);
    const many = own.reduce((total, [, count]) => total + count, 0);
    const waiting = own
      .filter(([position]) => isWaiting(position))
      .reduce((total, [, count]) => total + count, 0);
    return { phase, many, waiting };
  });
  return found
    .filter(({ many }) => many > 0)
    .map(({ phase, many, waiting }) => {
      const rest = phase === 'waiting' || waiting === 0 ? '' : `  (${number(waiting)} waiting for it)`;
      return `  ${phase.padEnd(12)}${number(many).padStart(10)}${rest}`;
    });
};

const outcomeLine = ({ closed }: Counts): string => {
  const words = Object.entries(closed)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${outcome} ${number(count)}`);
  return words.length === 0 ? 'none has ended yet' : words.join('   ');
};

const waveLines = ({ wave, waves, tallies, opensAt }: View['rollout']): readonly string[] =>
  waves.map(({ name, devices }, index) => {
    const tally = tallies.find(({ scope }) => scope === `wave/${index}`);
    const size = devices === null ? '?' : number(devices);
    const through =
      tally === undefined
        ? ''
        : `  ${number(tally.succeeded)} succeeded, ${number(tally.failed + tally.timedOut)} failed`;
    const state =
      wave === null || index > wave
        ? index === (wave ?? -1) + 1 && opensAt !== null
          ? `opens ${moment(opensAt)}`
          : 'shut'
        : index === wave
          ? 'open'
          : 'done';
    return `  wave ${index + 1} ${name}: ${size} devices, ${state}${through}`;
  });

const trouble = ({ held, tripped }: View['rollout']): readonly string[] => [
  ...held.map((scope) => `  held: ${scope === '' ? 'the campaign' : scope}`),
  ...tripped.map(
    ({ rule, scope, hits, closed }) =>
      `  stop rule ${rule + 1} fired${scope === '' ? '' : ` for ${scope}`}: ${number(hits)} of ${number(closed)}`,
  ),
];

const paceLine = ({ perMinute, forecast, campaign, counts }: View): string => {
  const rate = perMinute === undefined ? '' : `${perMinute.toFixed(perMinute < 10 ? 1 : 0)} a minute`;
  const finish =
    forecast === undefined || campaign.status !== 'running' || totals(counts).open === 0
      ? ''
      : `finish ${finishText(forecast)}`;
  return [rate, finish].filter((part) => part !== '').join('   ');
};

/** The panel of a campaign, line by line, none longer than `columns`. */
export const panelLines = (view: View, columns: number, now: number): readonly string[] => {
  const { campaign, counts, rollout } = view;
  const { closed } = totals(counts);
  const share = counts.total === 0 ? 0 : closed / counts.total;
  const age = Math.max(0, Math.round((now - view.at) / 1_000));
  const lines = [
    `${campaign.name}  ${campaign.status.toUpperCase()}${campaign.because === null ? '' : `: ${campaign.because}`}`,
    `${bar(share, BAR)} ${Math.floor(share * 100)} %  ${number(closed)} of ${number(counts.total)} devices are through`,
    outcomeLine(counts),
    ...phaseLines(counts),
    ...waveLines(rollout),
    ...trouble(rollout),
    paceLine(view),
    `as of ${age === 0 ? 'now' : `${duration(age)} ago`}   Ctrl-C leaves; the campaign goes on`,
  ];
  return lines.filter((line) => line !== '').map((line) => [...plain(line)].slice(0, columns).join(''));
};

/** The same in one line, for a pipe. */
export const statusLine = ({ campaign, counts, perMinute, rollout }: View): string => {
  const { open, closed } = totals(counts);
  const words = [
    campaign.status,
    `total=${counts.total}`,
    `open=${open}`,
    `closed=${closed}`,
    ...Object.entries(counts.closed)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => `${outcome}=${count}`),
    ...(rollout.wave === null || rollout.waves.length === 0
      ? []
      : [`wave=${Math.min(rollout.wave + 1, rollout.waves.length)}/${rollout.waves.length}`]),
    ...(perMinute === undefined ? [] : [`rate=${perMinute.toFixed(1)}/min`]),
  ];
  return words.join(' ');
};
