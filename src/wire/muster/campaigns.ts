import Type, { type Static } from 'typebox';
import {
  Count,
  exact,
  Id,
  Instant,
  Line,
  Name,
  nullable,
  Pairs,
  page,
  paging,
  Revision,
  Text,
  word,
} from './common.ts';
import { routeTable } from './route.ts';

const statuses = [
  'draft',
  'awaiting-approval',
  'approved',
  'scheduled',
  'running',
  'paused',
  'stopped',
  'ended',
  'cancelled',
  'rejected',
  'failed',
] as const;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const phases = ['download', 'execution', 'activation'] as const;

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
});

const Target = Type.Union([
  exact({ by: word(['hand']) }),
  exact({
    by: word(['query']),
    expression: Type.String({ maxLength: 8192 }),
    reevaluateSeconds: Type.Integer({ minimum: 0, maximum: 31_536_000 }),
  }),
]);

const Seconds = Type.Integer({ minimum: 1, maximum: 31_536_000 });

/** What an operator decides about a campaign. */
const plan = {
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
  concurrency: nullable(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
  retry: exact({
    attempts: Type.Integer({ minimum: 1, maximum: 100 }),
    backOffSeconds: Type.Integer({ minimum: 0, maximum: 604_800 }),
  }),
  timeouts: exact({
    downloadSeconds: nullable(Seconds),
    executionSeconds: nullable(Seconds),
    activationSeconds: nullable(Seconds),
  }),
  endWhenComplete: Type.Boolean(),
  settings: Pairs,
};
const { name, ...rest } = plan;

export const CampaignPlan = exact(plan);
export type CampaignPlan = Static<typeof CampaignPlan>;

export const CampaignPatch = exact(Type.Partial(Type.Object(plan)).properties);
export type CampaignPatch = Static<typeof CampaignPatch>;

const NewCampaign = exact({ name, ...Type.Partial(Type.Object(rest)).properties });

const actions = [
  'edit',
  'approve',
  'reject',
  'schedule',
  'start',
  'pause',
  'resume',
  'stop',
  'cancel',
  'end',
  'delete',
] as const;

export const Campaign = exact({
  id: Type.String(),
  status: word(statuses),
  ...plan,
  approvalPolicy: word(['none', 'one', 'another', 'two-others']),
  approvals: Type.Array(exact({ by: Type.String(), at: Instant })),
  startAt: nullable(Instant),
  startedAt: nullable(Instant),
  stoppedAt: nullable(Instant),
  endedAt: nullable(Instant),
  because: nullable(Type.String({ description: 'Why it ended, failed or was rejected.' })),
  allowedActions: Type.Array(word(actions), {
    description: 'What the caller may do with it now.',
  }),
  createdBy: Type.String(),
  createdAt: Instant,
  editedBy: Type.String(),
  editedAt: Instant,
  revision: Revision,
});
export type Campaign = Static<typeof Campaign>;

export const Counts = exact({
  total: Count,
  open: Type.Record(Type.String(), Count, { description: 'By position.' }),
  closed: Type.Record(Type.String(), Count, { description: 'By outcome.' }),
});
export type Counts = Static<typeof Counts>;

const params = exact({ campaign: Id });
const tag = 'Campaigns';

const action = <const Verb extends string, const Access extends Capitalize<string>>(
  verb: Verb,
  access: Access,
  summary: string,
) =>
  ({
    method: 'POST',
    path: `/campaigns/:campaign/${verb}`,
    access,
    tag,
    summary,
    params,
    status: 200,
    reply: Campaign,
    conditional: true,
  }) as const;

export const campaignRoutes = routeTable({
  listCampaigns: {
    method: 'GET',
    path: '/campaigns',
    access: 'View Campaign',
    tag,
    summary: 'List campaigns, oldest first',
    query: exact({
      ...paging,
      text: Type.Optional(Line),
      status: Type.Optional(Type.Array(word(statuses), { maxItems: 11 })),
      package: Type.Optional(Id),
    }),
    status: 200,
    reply: page(Campaign),
  },
  createCampaign: {
    method: 'POST',
    path: '/campaigns',
    access: 'Create Campaign',
    tag,
    summary: 'Create a campaign',
    body: NewCampaign,
    status: 201,
    reply: Campaign,
    idempotent: true,
  },
  getCampaign: {
    method: 'GET',
    path: '/campaigns/:campaign',
    access: 'View Campaign',
    tag,
    summary: 'Read a campaign',
    params,
    status: 200,
    reply: Campaign,
  },
  editCampaign: {
    method: 'PATCH',
    path: '/campaigns/:campaign',
    access: 'Edit Campaign',
    tag,
    summary: 'Change a campaign; a change of its content makes approvals lapse',
    params,
    body: CampaignPatch,
    status: 200,
    reply: Campaign,
    conditional: true,
  },
  deleteCampaign: {
    method: 'DELETE',
    path: '/campaigns/:campaign',
    access: 'Delete Campaign',
    tag,
    summary: 'Delete a campaign that is not under way, with its device list',
    params,
    status: 204,
    conditional: true,
  },
  approveCampaign: action('approve', 'Approve Campaign', 'Give one approval'),
  rejectCampaign: {
    ...action('reject', 'Approve Campaign', 'Reject for good'),
    body: exact({ comment: Type.Optional(Text) }),
  },
  scheduleCampaign: {
    ...action('schedule', 'Schedule Campaign', 'Start at an instant ahead'),
    body: exact({ startAt: Instant }),
  },
  startCampaign: action('start', 'Start Campaign', 'Start now, or go on after a stop'),
  pauseCampaign: action('pause', 'Stop Campaign', 'Hold: no device begins another phase'),
  resumeCampaign: action('resume', 'Start Campaign', 'Go on after a pause'),
  stopCampaign: action('stop', 'Stop Campaign', 'Stop; it can start again'),
  cancelCampaign: action('cancel', 'Stop Campaign', 'Cancel for good; open updates close as cancelled'),
  endCampaign: action('end', 'Stop Campaign', 'End for good; open updates close as timed out'),
  countUpdates: {
    method: 'GET',
    path: '/campaigns/:campaign/counts',
    access: 'View Campaign',
    tag,
    summary: 'Count the devices by position and outcome',
    params,
    status: 200,
    reply: Counts,
  },
});
