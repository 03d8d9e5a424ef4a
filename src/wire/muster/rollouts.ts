import Type, { type Static } from 'typebox';
import { Campaign } from './campaigns.ts';
import { Count, exact, Id, Instant, nullable, page, paging, word } from './common.ts';
import { ForecastRequest, Forecasts, PlanForecastRequest } from './forecasts.ts';
import { Job, LogEntry, outcomes, reasons, Update } from './members.ts';
import { CampaignPatch } from './plan.ts';
import { routeTable } from './route.ts';

const Tallies = exact({
  scope: Type.String({ description: 'Empty for the campaign; wave/<n>; attributes.<name>/<value>.' }),
  started: Count,
  inProgress: Count,
  succeeded: Count,
  failed: Count,
  rejected: Count,
  timedOut: Count,
  silent: Count,
  rolledBack: Count,
  other: Count,
});

const Rollout = exact({
  campaign: Type.String(),
  wave: nullable(
    Type.Integer({
      minimum: 0,
      description: 'The wave that is open, from 0; as many as there are waves once all may begin.',
    }),
  ),
  since: nullable(Instant),
  metAt: nullable(Type.Unsafe<string>({ ...Instant, description: 'When the open wave met its condition.' })),
  opensAt: nullable(Type.Unsafe<string>({ ...Instant, description: 'When the next wave opens by itself.' })),
  waves: Type.Array(
    exact({ name: Type.String(), devices: nullable(Count) }, { description: '`null` while not counted.' }),
  ),
  held: Type.Array(Type.String()),
  tripped: Type.Array(exact({ rule: Count, scope: Type.String(), at: Instant, closed: Count, hits: Count }), {
    description: 'The latest time that each rule fired for each scope.',
  }),
  tallies: Type.Array(Tallies, { description: 'Only campaigns with a limit, waves, a ramp or rules count.' }),
});
export type Rollout = Static<typeof Rollout>;

const Course = exact({
  at: Instant,
  startedAt: nullable(Instant),
  everySeconds: Type.Integer({ minimum: 1, description: 'How long a stretch is.' }),
  stretches: Type.Array(exact({ from: Instant, succeeded: Count, failed: Count, other: Count }), {
    description: 'Updates that ended in each stretch, in order; those in which none did are left out.',
  }),
  reasons: Type.Array(exact({ outcome: word(outcomes), reason: word(reasons), count: Count }), {
    description: 'Why those ended that did not succeed, the most frequent first.',
  }),
});
export type Course = Static<typeof Course>;

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Shares = Type.Array(Share, { description: 'The share of each hour that is open, from `from` on.' });

const CampaignHours = exact({
  from: Type.Unsafe<string>({ ...Instant, description: 'The beginning of the present hour.' }),
  zones: Type.Array(exact({ zone: Type.String(), devices: Count, download: Shares, install: Shares }), {
    description: 'Time zones of its devices, those with the most first.',
  }),
  others: exact({ zones: Count, devices: Count }, { description: 'Zones that are not listed.' }),
});
export type CampaignHours = Static<typeof CampaignHours>;

const Failures = exact({
  at: Instant,
  reasons: Type.Array(
    exact({
      outcome: word(outcomes),
      reason: word(reasons),
      count: Count,
      campaigns: Type.Array(exact({ id: Type.String(), name: Type.String(), count: Count }), {
        description: 'Those with the most of it first, ten at most.',
      }),
    }),
    { description: 'The most frequent first.' },
  ),
});
export type Failures = Static<typeof Failures>;

/** What may have to change before a device goes on: the rules of the gate, and what holds it beside them. */
export const waitRules = [
  ...(['campaign-status', 'campaign-end', 'freeze', 'back-off', 'not-before', 'approval', 'slot'] as const),
  ...(['window', 'spread', 'wave', 'held', 'pace', 'budget', 'concurrency', 'queue', 'packages'] as const),
  ...(['recall', 'report', 'acceptance', 'fit', 'other-campaign', 'contact'] as const),
] as const;
export type WaitRule = (typeof waitRules)[number];

const Waiting = exact({
  at: Instant,
  devices: Count,
  reasons: Type.Array(
    exact({
      rule: word(waitRules),
      devices: Count,
      until: nullable(
        Type.Unsafe<string>({
          ...Instant,
          description:
            'When the clock alone may change that for the first of them; `null` when something has to happen.',
        }),
      ),
    }),
    { description: 'What has to change first, the most devices first.' },
  ),
});
export type Waiting = Static<typeof Waiting>;

const Verdict = exact({ rule: Type.String(), open: Type.Boolean(), until: nullable(Instant) });

const Explanation = exact({
  campaign: Type.String(),
  device: Type.String(),
  position: Type.String(),
  outcome: nullable(Type.String()),
  blocking: nullable(
    exact(
      { rule: Type.String(), message: Type.String(), until: nullable(Instant) },
      { description: 'What has to change first; `null` for an update that is over.' },
    ),
  ),
  changesAt: nullable(
    Type.Unsafe<string>({
      ...Instant,
      description: 'When the clock alone may change something; `null` when something has to happen.',
    }),
  ),
  verdicts: Type.Array(Verdict, { description: 'Every rule that was asked.' }),
  said: nullable(LogEntry),
  attempts: exact({ made: Count, most: Count, generation: Count }),
  remedies: Type.Array(Type.String(), { description: 'What an operator can do.' }),
});
export type Explanation = Static<typeof Explanation>;

const Exclusion = exact({
  device: Type.String(),
  reason: Type.String(),
  message: Type.String(),
  campaign: nullable(Type.String({ description: 'The other campaign that the device is busy with.' })),
});
export type Exclusion = Static<typeof Exclusion>;

const Examination = exact({
  devices: Type.Integer({ minimum: 0, description: 'All that the plan is for.' }),
  examined: Type.Integer({ minimum: 0, description: 'So many of them were looked at.' }),
  excluded: Type.Array(
    exact({
      reason: Type.String(),
      message: Type.String(),
      devices: Count,
      examples: Type.Array(Type.String()),
    }),
    { description: 'Devices that cannot take part, the most frequent reason first.' },
  ),
});
export type Examination = Static<typeof Examination>;

const Scope = exact({
  scope: Type.String({
    ...{ minLength: 1, maxLength: 4_500 },
    description: 'wave/<n> or attributes.<name>/<value>',
    examples: ['wave/0'],
  }),
});

const params = exact({ campaign: Id });
const tag = 'Rollouts';

export const rolloutRoutes = routeTable({
  getRollout: {
    method: 'GET',
    path: '/campaigns/:campaign/rollout',
    access: 'View Campaign',
    tag,
    summary: 'Read how far the waves and stop rules of a campaign are, and what was counted',
    params,
    status: 200,
    reply: Rollout,
  },
  getCampaignCourse: {
    method: 'GET',
    path: '/campaigns/:campaign/course',
    access: 'View Campaign',
    tag,
    summary: 'Read when the updates of a campaign have ended, and why some failed',
    description:
      'Counted from the updates as they are now. Of a very large campaign it may be some seconds old; `at` says how old.',
    params,
    status: 200,
    reply: Course,
  },
  getCampaignHours: {
    method: 'GET',
    path: '/campaigns/:campaign/hours',
    access: 'View Campaign',
    tag,
    summary: 'Read in which of the next 168 hours phases may begin, by the time zone of the devices',
    description: [
      'As windows, the earliest begin of a timing and freezes have it; other rules may hold devices back. Of the twelve',
      'zones with the most devices.',
    ].join('\n'),
    params,
    status: 200,
    reply: CampaignHours,
  },
  getWaiting: {
    method: 'GET',
    path: '/campaigns/:campaign/waiting',
    access: 'View Campaign',
    tag,
    summary: 'Count the devices that are not in a phase by what has to change before they go on',
    description: [
      'As the explanation of each says it; but neither another campaign that goes first nor a place in the queue is looked',
      'for. All such devices are gone through: of very many the counts may be some seconds old; `at` says how old.',
    ].join('\n'),
    params,
    status: 200,
    reply: Waiting,
  },
  listWaiting: {
    method: 'GET',
    path: '/campaigns/:campaign/waiting/:rule',
    access: 'View Campaign',
    tag,
    summary: 'List the devices that one rule has to let go on first',
    description:
      'Of those that the counts name. A page may have fewer devices than asked for, even none, and still a `next`: so far was looked.',
    params: exact({ campaign: Id, rule: word(waitRules) }),
    query: exact(paging),
    status: 200,
    reply: page(Update),
  },
  getFailures: {
    method: 'GET',
    path: '/failures',
    access: 'View Campaign',
    tag,
    summary: 'Count why devices failed in all campaigns that are running, paused or stopped',
    description: [
      'Failed, timed out or rejected, but not closed because their campaign ended. Of very many devices the counts may be',
      'some seconds old; `at` says how old.',
    ].join('\n'),
    status: 200,
    reply: Failures,
  },
  openNextWave: {
    method: 'POST',
    path: '/campaigns/:campaign/waves/next',
    access: 'Start Campaign',
    tag,
    summary: 'Open the next wave',
    description: [
      'Without approvals at any time; in an account that asks for them, once the open wave met its condition and',
      'soaked. With `wave`, a repeat changes nothing.',
    ].join('\n'),
    params,
    query: exact({ wave: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })) }),
    status: 200,
    reply: Campaign,
    conditional: true,
  },
  holdScope: {
    method: 'POST',
    path: '/campaigns/:campaign/hold',
    access: 'Stop Campaign',
    tag,
    summary: 'Hold a part of a campaign: no device of it enters another phase',
    params,
    body: Scope,
    status: 200,
    reply: Campaign,
    conditional: true,
  },
  releaseScope: {
    method: 'POST',
    path: '/campaigns/:campaign/release',
    access: 'Start Campaign',
    tag,
    summary: 'Let a part of a campaign go on that was held by an operator or a stop rule',
    params,
    body: Scope,
    status: 200,
    reply: Campaign,
    conditional: true,
  },
  retryFailed: {
    method: 'POST',
    path: '/campaigns/:campaign/retry-failed',
    access: 'Edit Campaign',
    tag,
    summary: 'Have every device begin again whose update failed or timed out, as a job',
    params,
    status: 202,
    reply: Job,
  },
  listExclusions: {
    method: 'GET',
    path: '/campaigns/:campaign/exclusions',
    access: 'View Campaign',
    tag,
    summary: 'List the devices that cannot take part as they are, and why',
    description: 'A page may be shorter than asked for and still have a next one.',
    params,
    query: exact(paging),
    status: 200,
    reply: page(Exclusion),
  },
  explainUpdate: {
    method: 'GET',
    path: '/campaigns/:campaign/devices/:device/explanation',
    access: 'View Campaign',
    tag,
    summary: 'Read why one device does not go on, when that can change, and what can be done',
    params: exact({ campaign: Id, device: Id }),
    status: 200,
    reply: Explanation,
  },
  forecastCampaign: {
    method: 'POST',
    path: '/campaigns/:campaign/forecast',
    access: 'View Campaign',
    tag,
    summary: 'Forecast how a campaign will go, and how it would with another plan',
    description: [
      'Plays the campaign several times over its devices, with the rules that the server itself obeys. Changes',
      'nothing. A few seconds for a hundred thousand devices; beyond that a sample stands for all.',
    ].join('\n'),
    params,
    body: ForecastRequest,
    status: 200,
    reply: Forecasts,
  },
  examinePlan: {
    method: 'POST',
    path: '/campaigns/examination',
    access: 'View Campaign',
    tag,
    summary: 'Check a plan before it is saved, and count the devices that cannot take part by reason',
    description: [
      'Changes nothing. Refuses what would be refused if the plan were saved. With `campaign` the plan takes the place of',
      "that campaign's, and its own devices count too. Of a large fleet the first twenty thousand are looked at.",
    ].join('\n'),
    body: exact({ plan: CampaignPatch, campaign: Type.Optional(Id) }),
    status: 200,
    reply: Examination,
  },
  forecastPlan: {
    method: 'POST',
    path: '/campaigns/forecast',
    access: 'View Campaign',
    tag,
    summary: 'Forecast how a campaign would go that is not saved yet, and how it would with another plan',
    description:
      'Like `POST /campaigns/{campaign}/forecast`, for the devices that match the query of the plan.',
    body: PlanForecastRequest,
    status: 200,
    reply: Forecasts,
  },
});
