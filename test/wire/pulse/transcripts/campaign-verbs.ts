import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, preparePackage, preparePerson, refusal } from '../prepare.ts';

const prepareCampaign = async (api: Api, name: string, packages: readonly string[]): Promise<string> =>
  done(await api.call('POST', '/api/campaigns', { body: { name, packages } })).body.uuid;

export const setUp = async (api: Api) => {
  const base = await preparePackage(api, 'base');
  return {
    ...{ base, maps: await preparePackage(api, 'maps') },
    first: await prepareCampaign(api, 'First', [base]),
    second: await prepareCampaign(api, 'Second', []),
    approver: await preparePerson(api, 'Campaign Approver'),
  };
};

const nowhere = '00000000-0000-4000-8000-000000000000';
const unknown = refusal(404, 5, `There is no campaign "${nowhere}" in this account.`);
const forbidden = (permission: string) =>
  refusal(403, 7, `This needs the permission "${permission}" in this account.`);

const running: readonly Exchange[] = [
  {
    operation: 'approveCampaign',
    shows: 'nothing to approve',
    path: '/api/campaigns/$first/approve',
    body: { campaignId: '$first' },
    ...refusal(400, 9, 'A campaign that is draft cannot do "approve".'),
  },
  {
    operation: 'startCampaign',
    path: '/api/campaigns/$first/start',
    body: { campaignId: '$first' },
    status: 200,
    reply: {},
  },
  { operation: 'startCampaign', shows: 'again', path: '/api/campaigns/$first/start', status: 200, reply: {} },
  {
    operation: 'startCampaign',
    shows: 'without the permission',
    path: '/api/campaigns/$first/start',
    as: '$approver',
    ...forbidden('Start Campaign'),
  },
  {
    operation: 'deleteCampaign',
    shows: 'while it is started',
    path: '/api/campaigns/$first',
    ...refusal(400, 9, 'A campaign that is running cannot do "delete".'),
  },
  {
    operation: 'stopCampaign',
    path: '/api/campaigns/$first/stop',
    body: { campaignId: '$first' },
    status: 200,
    reply: {},
  },
  {
    operation: 'stopCampaign',
    shows: 'again',
    path: '/api/campaigns/$first/stop',
    body: {},
    status: 200,
    reply: {},
  },
  {
    operation: 'stopCampaign',
    shows: 'what was never started',
    path: '/api/campaigns/$second/stop',
    ...refusal(400, 9, 'A campaign that is draft cannot do "stop".'),
  },
  { operation: 'deleteCampaign', path: '/api/campaigns/$first', status: 200, reply: {} },
  {
    operation: 'deleteCampaign',
    shows: 'an unknown one',
    path: `/api/campaigns/${nowhere}`,
    ...unknown,
  },
];

const approving: readonly Exchange[] = [
  {
    operation: 'editOrganizationSettings',
    shows: 'the approval switch',
    path: '/api/organizations/DEFAULT/settings',
    body: [{ category: 'campaign', settings: { 'campaign-approval-needed': 'true' } }],
    status: 200,
  },
  {
    operation: 'createCampaign',
    shows: 'that waits for an approval',
    path: '/api/campaigns',
    body: { name: 'Third', packages: ['$base'] },
    status: 200,
    reply: { uuid: '$third' },
  },
  {
    operation: 'startCampaign',
    shows: 'before it is approved',
    path: '/api/campaigns/$third/start',
    ...refusal(400, 9, 'A campaign that is awaiting-approval cannot do "start".'),
  },
  {
    operation: 'approveCampaign',
    path: '/api/campaigns/$third/approve',
    as: '$approver',
    body: { campaignId: '$third' },
    status: 200,
    reply: {},
  },
  {
    operation: 'approveCampaign',
    shows: 'again',
    path: '/api/campaigns/$third/approve',
    as: '$approver',
    status: 200,
    reply: {},
  },
  {
    operation: 'editCampaign',
    shows: 'packages of what was approved',
    path: '/api/campaigns/$third',
    body: { packages: ['$maps'] },
    status: 200,
    reply: { uuid: '$third' },
  },
  {
    operation: 'countCampaigns',
    shows: 'that its approval has lapsed',
    path: '/api/campaign-status/campaigns/',
    status: 200,
    reply: {
      aprovedNotStartedCount: '0',
      approvedNotStartedCount: '0',
      startedCount: '0',
      stoppedCount: '0',
      waitingApprovalCount: '1',
      noApprovalNeededReadyToStartCount: '1',
    },
  },
  {
    operation: 'rejectCampaign',
    path: '/api/campaigns/$third/reject',
    as: '$approver',
    body: { comment: 'Not on a Friday', campaignId: '$third' },
    status: 200,
    reply: {},
  },
  {
    operation: 'rejectCampaign',
    shows: 'what does not wait for an approval',
    path: '/api/campaigns/$second/reject',
    body: {},
    ...refusal(400, 9, 'A campaign that is draft cannot do "reject".'),
  },
  {
    operation: 'stopCampaign',
    shows: 'what is over, and STOPPED here',
    path: '/api/campaigns/$third/stop',
    status: 200,
    reply: {},
  },
];

/** Campaigns that are approved, started, stopped and deleted. */
export const exchanges: readonly Exchange[] = [...running, ...approving];
