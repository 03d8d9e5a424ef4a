import type { Api } from '../../../support/api.ts';
import type { Exchange } from '../../../support/transcript.ts';
import { done, prepareGateway, preparePackage, preparePerson, refusal } from '../prepare.ts';

/** A started campaign of one package, gateways, a thing, and a saved query. */
export const setUp = async (api: Api) => {
  const base = await preparePackage(api, 'base');
  const { uuid } = done(
    await api.call('POST', '/api/campaigns', { body: { name: 'Spring', packages: [base] } }),
  ).body;
  done(await api.call('PUT', `/api/campaigns/${uuid}/start`));
  const thing = { id: 'sensor', attributes: { 'pulse.type': 'THING' } };
  done(await api.call('POST', '/devices', { body: thing }));
  for (const id of ['gw-1', 'gw-2']) await prepareGateway(api, id);
  const query = { name: 'North', expression: 'tag = north' };
  return {
    ...{ base, campaign: uuid, maps: await preparePackage(api, 'maps') },
    list: done(await api.call('POST', '/queries', { body: query })).body.id,
    viewer: await preparePerson(api, 'Viewer'),
  };
};

const nowhere = '00000000-0000-4000-8000-000000000000';
const campaign = '/api/campaigns/$campaign';
const gateway = `${campaign}/devices/gw-1`;
const success = { status: 200, reply: {} };
const noCampaign = refusal(404, 5, `There is no campaign "${nowhere}" in this account.`);
const noMember = refusal(404, 5, 'There is no update "gw-2" in this account.');
const forbidden = (permission: string) =>
  refusal(403, 7, `This needs the permission "${permission}" in this account.`);

const adding: readonly Exchange[] = [
  {
    operation: 'addGateways',
    shows: 'the input of the guide',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['gw-1'], campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'addGateways',
    shows: 'one that is there already and one that is not, under the name of the table',
    path: `${campaign}/devices/`,
    body: { gatewayId: ['gw-1', 'gw-2'] },
    ...success,
  },
  {
    operation: 'addGateways',
    shows: 'unknown ones: all are named, and nothing is added',
    path: `${campaign}/devices`,
    body: { gateway_ids: ['gw-8', 'gw-1', 'gw-9'] },
    ...refusal(404, 5, 'There is no device "gw-8", "gw-9" in this account.'),
  },
  {
    operation: 'addGateways',
    shows: 'a thing',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['sensor'] },
    ...refusal(400, 3, 'gatewayIds: expected ids of gateways, not of things; got "sensor".'),
  },
  {
    operation: 'addGateways',
    shows: 'none',
    path: `${campaign}/devices`,
    body: { gatewayIds: [] },
    ...refusal(400, 3, 'gatewayIds: expected the id of a gateway; got none.'),
  },
  {
    operation: 'addGateways',
    shows: 'another campaign in the body',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['gw-1'], campaignId: nowhere },
    status: 400,
    replyHeaders: { 'grpc-status': '3' },
  },
  {
    operation: 'addGateways',
    shows: 'to a campaign that is not there',
    path: `/api/campaigns/${nowhere}/devices`,
    body: { gatewayIds: ['gw-1'] },
    ...noCampaign,
  },
  {
    operation: 'addGateways',
    shows: 'without the permission',
    path: `${campaign}/devices`,
    as: '$viewer',
    body: { gatewayIds: ['gw-1'] },
    ...forbidden('Edit Campaign'),
  },
  {
    operation: 'listGateways',
    path: `${campaign}/devices?page.size=1`,
    status: 200,
    reply: {
      pageResponse: { totalPages: '2', totalElements: '2', page: 0, pageSize: 1 },
      gateways: [{ gatewayId: 'gw-1', state: 'INSTANTIATED', closed: false }],
    },
  },
  {
    operation: 'listGateways',
    shows: 'of a campaign that is not there',
    path: `/api/campaigns/${nowhere}/devices`,
    ...noCampaign,
  },
  {
    operation: 'removeGateways',
    shows: 'the input of the guide; whoever is not in it does not matter',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['gw-2', 'gw-9'], campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'removeGateways',
    shows: 'none, which is not all',
    path: `${campaign}/devices`,
    body: { gatewayIds: [], campaignId: '$campaign' },
    ...refusal(400, 3, 'gatewayIds: expected the id of a gateway; got none.'),
  },
  {
    operation: 'deleteGateways',
    shows: 'again',
    path: `${campaign}/devices`,
    body: { gatewayIds: ['gw-2'] },
    ...success,
  },
  {
    operation: 'deleteGateways',
    shows: 'no body',
    path: `${campaign}/devices`,
    ...refusal(400, 3, 'gatewayIds: expected the id of a gateway; got none.'),
  },
  {
    operation: 'listGateways',
    shows: 'without the one that was taken out',
    path: `${campaign}/devices`,
    status: 200,
    reply: {
      pageResponse: { totalPages: '1', totalElements: '1', page: 0, pageSize: 20 },
      gateways: [{ gatewayId: 'gw-1', state: 'INSTANTIATED', closed: false }],
    },
  },
];

const packages: readonly Exchange[] = [
  {
    operation: 'getGatewayPackages',
    shows: "the campaign's",
    path: `${gateway}/packages`,
    status: 200,
    reply: { packages: ['$base'] },
  },
  {
    operation: 'setGatewayPackages',
    shows: 'the input of the guide',
    path: `${gateway}/packages`,
    body: { gatewayId: 'gw-1', packages: ['$maps', '$base'], campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'getGatewayPackages',
    shows: 'its own',
    path: `${gateway}/packages`,
    status: 200,
    reply: { packages: ['$maps', '$base'] },
  },
  {
    operation: 'setGatewayPackages',
    shows: 'an unknown package',
    path: `${gateway}/packages`,
    body: { packages: [nowhere] },
    ...refusal(404, 5, `There is no package "${nowhere}" in this account.`),
  },
  {
    operation: 'setGatewayPackages',
    shows: 'another gateway in the body',
    path: `${gateway}/packages`,
    body: { gatewayId: 'gw-2', packages: ['$base'] },
    ...refusal(400, 3, 'gatewayId: the body says "gw-2", the path "gw-1".'),
  },
  {
    operation: 'setGatewayPackages',
    shows: 'none of its own any more',
    path: `${gateway}/packages`,
    body: { packages: [] },
    ...success,
  },
  {
    operation: 'getGatewayPackages',
    shows: 'a gateway that was taken out',
    path: `${campaign}/devices/gw-2/packages`,
    ...noMember,
  },
];

const choosing: readonly Exchange[] = [
  {
    operation: 'getDistributionList',
    shows: 'none',
    path: `${campaign}/distribution-list`,
    status: 200,
    reply: { distributionListId: '', reevaluationIntervalSeconds: '', campaignId: '$campaign' },
  },
  {
    operation: 'setDistributionList',
    shows: 'the input of the guide',
    path: `${campaign}/distribution-list`,
    body: { distributionListId: '$list', reevaluationIntervalSeconds: '60', campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'getDistributionList',
    path: `${campaign}/distribution-list`,
    status: 200,
    reply: { distributionListId: '$list', reevaluationIntervalSeconds: '60', campaignId: '$campaign' },
  },
  {
    operation: 'setDistributionList',
    shows: 'an interval that is too short',
    path: `${campaign}/distribution-list`,
    body: { distributionListId: '$list', reevaluationIntervalSeconds: 9 },
    ...refusal(400, 3, 'reevaluationIntervalSeconds: expected 0, or 10 to 31536000 seconds; got 9.'),
  },
  {
    operation: 'setDistributionList',
    shows: 'an unknown list',
    path: `${campaign}/distribution-list`,
    body: { distributionListId: nowhere },
    ...refusal(404, 5, `There is no query "${nowhere}" in this account.`),
  },
  {
    operation: 'setDistributionList',
    shows: 'no list is named',
    path: `${campaign}/distribution-list`,
    body: { reevaluationIntervalSeconds: '60' },
    ...refusal(400, 3, "distributionListId: must have required property 'distributionListId'."),
  },
  {
    operation: 'setDistributionList',
    shows: 'an empty one, which ends it',
    path: `${campaign}/distribution-list`,
    body: { distributionListId: '', reevaluationIntervalSeconds: '0', campaignId: '$campaign' },
    ...success,
  },
  {
    operation: 'setDistributionList',
    shows: 'what is read where none is set, sent back',
    path: `${campaign}/distribution-list`,
    body: { distributionListId: '', reevaluationIntervalSeconds: '', campaignId: '$campaign' },
    ...success,
  },
];

/** Gateways that come into a campaign and leave it, what they get, and how they are chosen. */
export const exchanges: readonly Exchange[] = [...adding, ...packages, ...choosing];
