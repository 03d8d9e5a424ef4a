import Type, { type Static } from 'typebox';
import { exact, Id, Instant, Name, nullable, Pairs, Text, word } from './common.ts';
import { StopRule } from './stop-rule.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const phases = ['download', 'execution', 'activation'] as const;

const YEAR = 31_536_000;
const MOST_DEVICES = 10_000_000;

const Hour = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$',
  examples: ['22:00'],
  description: 'HH:MM; 24:00 is the end of the day.',
});

const Window = exact(
  {
    days: Type.Array(word(days), { minItems: 1, maxItems: 7 }),
    from: Hour,
    to: Hour,
    zone: word(['utc', 'device'], { description: "Whose wall clock: UTC, or the device's own time zone." }),
  },
  { description: 'Allowed hours. A `to` at or before `from` is on the next day.' },
);

const Timing = exact({
  notBefore: nullable(Instant),
  windows: Type.Array(Window, { maxItems: 64, description: 'Any of these; none allows all hours.' }),
  spreadSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: YEAR,
      default: 0,
      description:
        'Each device has its own place in the first so many seconds of a window, or after notBefore where there are no windows.',
    }),
  ),
});

const Target = Type.Union([
  exact({ by: word(['hand']) }),
  exact({
    by: word(['query']),
    expression: Type.String({ maxLength: 8192 }),
    list: Type.Optional(
      nullable(
        Type.String({ maxLength: 128, description: 'The saved query that the expression came from.' }),
      ),
    ),
    reevaluateSeconds: Type.Integer({ minimum: 0, maximum: YEAR }),
  }),
]);

const Seconds = Type.Integer({ minimum: 1, maximum: YEAR });

const Freeze = exact(
  { name: Name, from: Instant, to: Instant },
  { description: 'A quiet span: no phase begins from `from` on until `to`.' },
);

/** Quiet spans of a campaign or an account. */
export const Freezes = Type.Array(Freeze, { maxItems: 100 });

const WaveSize = Type.Union([
  exact({
    by: word(['percent']),
    percent: Type.Number({
      minimum: 0,
      maximum: 100,
      description: 'A stable share: a larger one contains the smaller one.',
    }),
  }),
  exact({ by: word(['count']), count: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }) }),
  exact({ by: word(['query']), expression: Type.String({ maxLength: 8192 }) }),
  exact({ by: word(['devices']), devices: Type.Array(Id, { minItems: 1, maxItems: 10_000 }) }),
]);

const Wave = exact({
  name: Name,
  size: WaveSize,
  success: Type.Number({
    minimum: 0,
    maximum: 100,
    description: "Percent of the wave's devices that must have succeeded before the next wave.",
  }),
  soakSeconds: Type.Integer({ minimum: 0, maximum: YEAR, description: 'How long to wait after that.' }),
  manual: Type.Boolean({ description: 'The next wave waits for an operator then.' }),
});

const Rollout = Type.Union(
  [
    exact({ by: word(['all']) }),
    exact({ by: word(['waves']), waves: Type.Array(Wave, { minItems: 1, maxItems: 100 }) }),
    exact({
      by: word(['ramp']),
      perMinute: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }),
      factor: Type.Number({ minimum: 1, maximum: 1000 }),
      every: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }),
      most: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }),
    }),
  ],
  {
    description: [
      'How devices are let in: all at once; in waves, with those in no wave after the last one; or so many a',
      'minute, `factor` times as many after every `every` successes, and never more than `most`.',
    ].join('\n'),
  },
);

const Budget = exact(
  {
    attribute: Type.String({ minLength: 1, maxLength: 256, description: 'The name of a device attribute.' }),
    most: Type.Integer({ minimum: 1, maximum: MOST_DEVICES }),
  },
  { description: 'Devices in progress at any time for each value of an attribute.' },
);

const tries = {
  attempts: Type.Integer({ minimum: 1, maximum: 100 }),
  backOffSeconds: Type.Integer({ minimum: 0, maximum: 604_800 }),
};
const Tries = exact(tries);

const Retry = exact({
  ...tries,
  classes: Type.Optional(
    exact(
      {
        permanent: Type.Optional(Tries),
        transient: Type.Optional(Tries),
        busy: Type.Optional(Tries),
        data: Type.Optional(Tries),
        unknown: Type.Optional(Tries),
      },
      { description: 'Other numbers for failures of a class.' },
    ),
  ),
  coolDownSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: YEAR,
      default: 0,
      description: 'How long a device that failed for good rests before it may begin again.',
    }),
  ),
});

/** What an operator decides about a campaign, by field. */
export const plan = {
  name: Name,
  description: Text,
  packages: Type.Array(Id, { maxItems: 100, description: 'Package ids, applied in this order.' }),
  target: Target,
  endAt: nullable(Instant),
  download: Timing,
  install: Timing,
  checkpoints: Type.Array(word(phases), {
    maxItems: 3,
    uniqueItems: true,
    description: 'Phases that wait for a go on each device.',
  }),
  concurrency: nullable(Type.Integer({ minimum: 1, maximum: MOST_DEVICES })),
  retry: Retry,
  timeouts: exact({
    downloadSeconds: nullable(Seconds),
    executionSeconds: nullable(Seconds),
    activationSeconds: nullable(Seconds),
  }),
  endWhenComplete: Type.Boolean(),
  freezes: Freezes,
  rollout: Rollout,
  budgets: Type.Array(Budget, { maxItems: 16 }),
  stopRules: Type.Array(StopRule, { maxItems: 32 }),
  priority: Type.Integer({
    minimum: 0,
    maximum: 100,
    description: 'Of several campaigns that run for a device the highest goes first.',
  }),
  order: Type.Union([Type.Literal('recently-seen'), Type.Literal('first-in-first-out')], {
    description:
      'To whom places go where there are too few: to the devices that ask when one is free, or to those that asked first.',
  }),
  downgrades: Type.Boolean({ description: 'Whether a device may get an older version than it has.' }),
  settings: Pairs,
};
const { name, ...rest } = plan;

/** What an operator decides about a campaign. */
export const CampaignPlan = exact(plan);
export type CampaignPlan = Static<typeof CampaignPlan>;

/** The fields that are to change. */
export const CampaignPatch = exact(Type.Partial(Type.Object(plan)).properties);
export type CampaignPatch = Static<typeof CampaignPatch>;

/** A plan of which only the name is needed. */
export const NewCampaign = exact({ name, ...Type.Partial(Type.Object(rest)).properties });
