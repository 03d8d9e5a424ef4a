import Type, { type Static } from 'typebox';
import { Count, exact, Instant, nullable, word } from './common.ts';
import { CampaignPatch, NewCampaign } from './plan.ts';

const Seconds = Type.Number({ minimum: 0, maximum: 31_536_000 });
const Chance = Type.Number({ minimum: 0, maximum: 1 });

const assumptions = {
  bytesPerSecond: Type.Integer({
    minimum: 1,
    maximum: 1e12,
    description: 'How fast one device fetches packages.',
  }),
  downloadSeconds: Type.Number({
    ...{ minimum: 0, maximum: 31_536_000 },
    description: 'What a download takes in the middle beside its bytes.',
  }),
  executionSeconds: Seconds,
  activationSeconds: Seconds,
  variation: Type.Number({
    ...{ minimum: 0, maximum: 3 },
    description: 'How much that varies: the standard deviation of its logarithm.',
  }),
  broken: Type.Number({
    ...{ minimum: 0, maximum: 1 },
    description: 'The chance that an attempt breaks off and may be tried again.',
  }),
  failing: Type.Number({
    ...{ minimum: 0, maximum: 1 },
    description: 'The chance that an attempt fails for good.',
  }),
  silent: Chance,
  approvalSeconds: nullable(Seconds),
  openingSeconds: nullable(Seconds),
};

const Assumptions = exact(assumptions, {
  description: [
    'What is taken for granted about devices and people. `approvalSeconds`: how long a device waits at a',
    'checkpoint; `openingSeconds`: how long a wave waits for an operator; `null` is for ever.',
  ].join('\n'),
});

const asked = {
  change: Type.Optional(CampaignPatch),
  assumptions: Type.Optional(exact(Type.Partial(Type.Object(assumptions)).properties)),
};

/** What to forecast beside the campaign as planned. */
export const ForecastRequest = exact(asked);
export type ForecastRequest = Static<typeof ForecastRequest>;

/** The same of a campaign that is not saved yet. */
export const PlanForecastRequest = exact({ plan: NewCampaign, ...asked });

const range = { low: Type.Number(), middle: Type.Number(), high: Type.Number() };
const Band = exact(range, { description: 'What 10, 50 and 90 % of the plays stay below.' });
const Moments = exact({ low: Instant, middle: Instant, high: Instant });
const Share = Type.Number({ minimum: 0, maximum: 1 });

const Forecast = exact({
  devices: Type.Integer({ minimum: 0, description: 'All that the campaign is for.' }),
  runs: Type.Integer({ minimum: 0, description: 'How often the campaign was played.' }),
  played: Type.Integer({ minimum: 0, description: 'With how many devices each time.' }),
  curve: Type.Array(exact({ at: Instant, ...range }), {
    maxItems: 200,
    description: 'Devices that have succeeded by then.',
  }),
  finish: nullable(Moments),
  finished: Share,
  succeeded: Band,
  failed: Band,
  peak: exact({ inProgress: Band, startsPerMinute: Band, bytesPerSecond: Band }),
  bytes: Band,
  waves: Type.Array(exact({ wave: Count, opens: nullable(Moments) })),
  trips: Type.Array(exact({ rule: Count, share: Share, at: Moments }), {
    description: 'Stop rules that fire, and in which part of the plays.',
  }),
  waiting: Type.Array(exact({ rule: Type.String(), devices: Count }), {
    description: 'Devices that still wait in the end, and for what.',
  }),
  unable: Type.Array(exact({ reason: Type.String(), devices: Count, examples: Type.Array(Type.String()) }), {
    description: 'Devices that cannot take part, or cannot be counted on.',
  }),
});
export type Forecast = Static<typeof Forecast>;

/** How a campaign is expected to go. */
export const Forecasts = exact({
  at: Instant,
  basis: word(['history', 'defaults'], {
    description: 'Whether the assumptions come from the closed updates of the account.',
  }),
  assumptions: Assumptions,
  planned: Forecast,
  changed: nullable(Forecast),
});
export type Forecasts = Static<typeof Forecasts>;
