import type { CampaignPlan } from '../../wire/muster/plan.ts';
import { count, duration, instant, plural, sentence } from './format.ts';

/** One rule of a campaign in words, under what it is about. */
export type Rule = { readonly about: string; readonly text: string };

const seconds = (n: number): string => duration(n * 1_000);

const dayNames: Readonly<Record<string, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};
const week = Object.keys(dayNames);

/** `Mon to Fri`, `Sat, Sun`, `every day`. */
export const days = (names: readonly string[]): string => {
  const places = week.filter((day) => names.includes(day)).map((day) => week.indexOf(day));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  const name = (place: number): string => dayNames[week[place] ?? ''] ?? '';
  if (places.length === week.length) return 'every day';
  if (places.length > 2 && last - first === places.length - 1) return `${name(first)} to ${name(last)}`;
  return places.map(name).join(', ');
};

type Timing = CampaignPlan['download'];

const timing = ({ notBefore, windows, spreadSeconds = 0 }: Timing): string => {
  const hours = windows.map(
    ({ days: on, from, to, zone }) =>
      `${days(on)} ${from}–${to} ${zone === 'utc' ? 'UTC' : 'in the time zone of the device'}`,
  );
  return [
    ...(notBefore === null ? [] : [`not before ${instant(notBefore)}`]),
    hours.length === 0 ? 'at any hour' : hours.join('; '),
    ...(spreadSeconds > 0 ? [`spread over ${seconds(spreadSeconds)}`] : []),
  ].join(', ');
};

type Rollout = CampaignPlan['rollout'];
type Wave = Extract<Rollout, { readonly by: 'waves' }>['waves'][number];

const sizeOf = ({ size }: Wave): string => {
  switch (size.by) {
    case 'percent':
      return `${size.percent} % of the devices`;
    case 'count':
      return plural(size.count, 'device');
    case 'query':
      return `devices where ${size.expression || 'anything'}`;
    case 'devices':
      return `${plural(size.devices.length, 'named device')}`;
  }
};

/** A wave in words: how large, and what lets the next one begin. */
export const waveText = (wave: Wave): string =>
  [
    sizeOf(wave),
    `next after ${wave.success} % succeeded`,
    ...(wave.soakSeconds > 0 ? [`and ${seconds(wave.soakSeconds)} of rest`] : []),
    ...(wave.manual ? ['and an operator opens it'] : []),
  ].join(', ');

const rollout = (plan: Rollout): string => {
  switch (plan.by) {
    case 'all':
      return 'All devices at once, as the other rules let them in.';
    case 'waves':
      return `${plural(plan.waves.length, 'wave')}: ${plan.waves.map((wave) => `${wave.name} (${waveText(wave)})`).join('; ')}. The others come last.`;
    case 'ramp':
      return `${plural(plan.perMinute, 'start')} a minute, ${plan.factor} times as many after every ${plural(plan.every, 'success', 'successes')}, ${count(plan.most)} a minute at most.`;
  }
};

type StopRule = CampaignPlan['stopRules'][number];

const signals: Readonly<Record<StopRule['signal'], string>> = {
  failed: 'fail',
  rejected: 'reject it',
  'timed-out': 'time out',
  silent: 'go silent',
  'rolled-back': 'roll back',
  any: 'do not succeed',
};
const stops: Readonly<Record<StopRule['action'], string>> = {
  alert: 'an alert is raised',
  hold: 'that part is held',
  pause: 'the campaign pauses',
  abort: 'the campaign is cancelled',
  'roll-back': 'the campaign is cancelled and what it did is rolled back',
};

/** When a campaign stops by itself, as a sentence. */
export const stopRuleText = ({ signal, scope, minimum, threshold, action }: StopRule): string => {
  const many = 'percent' in threshold ? `${threshold.percent} %` : plural(threshold.count, 'device');
  const where = {
    campaign: 'of the campaign',
    wave: 'of a wave',
    attribute: scope.by === 'attribute' ? `with the same ${scope.attribute}` : '',
  }[scope.by];
  return `When ${many} ${where} ${signals[signal]} (after ${plural(minimum, 'closed device')}), ${stops[action]}.`;
};

const target = ({ target: to }: CampaignPlan): string => {
  if (to.by === 'hand') return 'Devices added by hand.';
  const again = to.reevaluateSeconds > 0 ? ` Looked at again every ${seconds(to.reevaluateSeconds)}.` : '';
  return `${to.expression === '' || to.expression === '*' ? 'Every device' : `Devices where ${to.expression}`}.${again}`;
};

const limits = ({ concurrency, budgets }: CampaignPlan): readonly string[] => [
  ...(concurrency === null ? [] : [`${plural(concurrency, 'device')} in progress at a time`]),
  ...budgets.map(({ attribute, most }) => `${count(most)} for each ${attribute}`),
];

const patience = ({ timeouts }: CampaignPlan): readonly string[] =>
  (
    [
      ['download', timeouts.downloadSeconds],
      ['installation', timeouts.executionSeconds],
      ['activation', timeouts.activationSeconds],
    ] as const
  ).flatMap(([name, most]) => (most === null ? [] : [`${name} ${seconds(most)}`]));

const listed = (about: string, texts: readonly string[]): readonly Rule[] =>
  texts.length === 0 ? [] : [{ about, text: `${sentence(texts.join(', '))}.` }];

/** What an operator has decided about a campaign, rule by rule. */
export const rulesOf = (plan: CampaignPlan): readonly Rule[] => [
  { about: 'Devices', text: target(plan) },
  { about: 'Rollout', text: rollout(plan.rollout) },
  { about: 'Download', text: `${sentence(timing(plan.download))}.` },
  { about: 'Installation', text: `${sentence(timing(plan.install))}.` },
  ...listed('Limits', limits(plan)),
  ...listed(
    'Checkpoints',
    plan.checkpoints.map((phase) => `${phase} waits for a go on each device`),
  ),
  {
    about: 'Retries',
    text: `${plural(plan.retry.attempts, 'attempt')}${plan.retry.attempts > 1 ? `, ${seconds(plan.retry.backOffSeconds)} apart at first` : ''}.`,
  },
  ...listed('Patience', patience(plan)),
  ...plan.stopRules.map((rule) => ({ about: 'Stop rule', text: stopRuleText(rule) })),
  ...plan.freezes.map(({ name, from, to }) => ({
    about: 'Freeze',
    text: `${name}: nothing begins from ${instant(from)} until ${instant(to)}.`,
  })),
  ...(plan.endAt === null ? [] : [{ about: 'End', text: `${instant(plan.endAt)}.` }]),
  {
    about: 'When all are done',
    text: plan.endWhenComplete ? 'The campaign ends by itself.' : 'The campaign stays open.',
  },
  ...(plan.downgrades ? [{ about: 'Downgrades', text: 'Devices may get an older version.' }] : []),
];

const HOURS = 24;
const startOf = (text: string): number => Number(text.slice(0, 2)) + Number(text.slice(3)) / 60;

/** The share of each hour of a week, Monday first, in which a phase may begin: 7 rows of 24, from 0 to 1. */
export const openHours = (windows: Timing['windows']): readonly (readonly number[])[] => {
  const hours = week.map(() => Array.from({ length: HOURS }, (): number => (windows.length === 0 ? 1 : 0)));
  const open = (day: number, from: number, to: number): void => {
    const row = hours[day % week.length];
    if (row === undefined) return;
    for (let hour = Math.floor(from); hour < to; hour += 1) {
      const part = Math.min(to, hour + 1) - Math.max(from, hour);
      row[hour] = Math.min(1, (row[hour] ?? 0) + part);
    }
  };
  for (const { days: on, from, to } of windows) {
    for (const name of on) {
      const day = week.indexOf(name);
      const [begin, end] = [startOf(from), startOf(to)];
      if (end > begin) open(day, begin, end);
      else {
        open(day, begin, HOURS);
        open(day + 1, 0, end);
      }
    }
  }
  return hours;
};
