import Type, { type Static } from 'typebox';
import { Count, exact, Id, Instant, Line, nullable, page, paging, Revision, Text, word } from './common.ts';
import { CampaignPatch, NewCampaign, plan } from './plan.ts';
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

export { CampaignPatch, CampaignPlan, phases } from './plan.ts';

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
  'open-wave',
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
    summary: 'List campaigns, oldest first unless asked otherwise',
    query: exact({
      ...paging,
      text: Type.Optional(Line),
      status: Type.Optional(Type.Array(word(statuses), { maxItems: 11 })),
      package: Type.Optional(Id),
      waits: Type.Optional(
        word(['me'], {
          description:
            'Only those that wait for an approval which whoever asks may give. A page may have fewer then, even none, and still a `next`.',
        }),
      ),
      order: Type.Optional(
        word(['oldest', 'newest'], {
          default: 'oldest',
          description: 'With `newest`, campaigns made while somebody pages may show one twice.',
        }),
      ),
    }),
    status: 200,
    reply: page(Campaign),
  },
  getCampaignSchema: {
    method: 'GET',
    path: '/campaign-schema',
    access: 'signed-in',
    tag,
    summary: 'Read the JSON Schema of campaigns as documents',
    status: 200,
    reply: Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true }),
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
  startCampaign: {
    ...action('start', 'Start Campaign', 'Start now, or go on after a stop'),
    description: 'A first start asks to be confirmed if the query matches no device, or the whole fleet.',
    query: exact({ confirm: Type.Optional(Type.Boolean()) }),
  },
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
