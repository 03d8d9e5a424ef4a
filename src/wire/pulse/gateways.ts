import { type Static, Type } from 'typebox';
import { Empty, EpochMs, Id, Ids, Int64, PageResponse, pageQuery } from './common.ts';
import { pulseRoutes } from './route.ts';

const source = 'guide';
const own = 'own';
const campaign = '/campaigns/:campaignId';
const gateway = `${campaign}/devices/:gatewayId`;

const campaignId = Type.Optional(Id);
/** Ids of the path may be repeated. */
const repeated = { campaignId, gatewayId: Type.Optional(Id) };
const Repeated = Type.Object(repeated);

/** The guide names the list in two ways. */
const Gateways = Type.Object({ gatewayIds: Type.Optional(Ids), gatewayId: Type.Optional(Ids), campaignId });
export type Gateways = Static<typeof Gateways>;

const GatewayList = Type.Object({
  pageResponse: PageResponse,
  gateways: Type.Array(Type.Object({ gatewayId: Id, state: Type.String(), closed: Type.Boolean() })),
});

/** A fixed time for one phase: instants of the three kinds that `instants.ts` of the adapter reads. */
const SlotBody = Type.Object({
  ...repeated,
  begin: Type.Optional(Type.String({ maxLength: 64 })),
  end: Type.Optional(Type.String({ maxLength: 64 })),
});

/** Empty as the reply has it where no list is set, so that what was read can be sent back. */
const Seconds = Type.String({ pattern: '^(-?\\d{1,19})?$' });

const PackageProgress = Type.Object({ progress: Int64, total: Int64, id: Id });
const DownloadProgress = Type.Object({ packagesProgress: Type.Array(PackageProgress) });
export type DownloadProgress = Static<typeof DownloadProgress>;

const GatewayStatus = Type.Object({
  campaignId: Id,
  campaignState: Type.Object({ state: Type.String() }),
  timestamp: EpochMs,
  downloadProgress: DownloadProgress,
  executionProgress: Type.Array(Type.String()),
  gatewayId: Id,
  closed: Type.Boolean(),
  outcome: Type.String(),
  reason: Type.String(),
  message: Type.String(),
});
export type GatewayStatus = Static<typeof GatewayStatus>;

const schedule = <const Phase extends 'download' | 'execution' | 'activation'>(phase: Phase) =>
  ({
    method: 'PUT',
    path: `${gateway}/scheduled-${phase}`,
    // The agent on the gateway schedules too (reference 3.3 and 7, row 44).
    access: { permission: 'Schedule Campaign', orGateway: true },
    summary: `Fix when the ${phase} of a gateway may run`,
    source,
    body: SlotBody,
    reply: Empty,
  }) as const;

export const gatewayRoutes = pulseRoutes({
  addGateways: {
    method: 'POST',
    path: `${campaign}/devices`,
    access: 'Edit Campaign',
    summary: 'Add gateways to a campaign, all or none',
    source,
    body: Gateways,
    reply: Empty,
  },
  removeGateways: {
    method: 'PUT',
    path: `${campaign}/devices`,
    access: 'Edit Campaign',
    summary: 'Take gateways out of a campaign',
    source,
    body: Gateways,
    reply: Empty,
  },
  deleteGateways: {
    method: 'DELETE',
    path: `${campaign}/devices`,
    access: 'Edit Campaign',
    summary: 'The same under a method that is harder to hit by mistake',
    source: own,
    body: Gateways,
    reply: Empty,
  },
  listGateways: {
    method: 'GET',
    path: `${campaign}/devices`,
    access: 'View Campaign',
    summary: 'List the gateways of a campaign',
    source,
    query: Type.Object(pageQuery),
    reply: GatewayList,
  },
  setDistributionList: {
    method: 'PUT',
    path: `${campaign}/distribution-list`,
    access: 'Edit Campaign',
    summary: 'Choose the gateways of a campaign by a filter definition',
    source,
    body: Type.Object({
      distributionListId: Id,
      reevaluationIntervalSeconds: Type.Optional(Seconds),
      campaignId,
    }),
    reply: Empty,
  },
  getDistributionList: {
    method: 'GET',
    path: `${campaign}/distribution-list`,
    access: 'View Campaign',
    summary: 'Read by which filter definition the gateways are chosen',
    source,
    reply: Type.Object({
      distributionListId: Type.String(),
      reevaluationIntervalSeconds: Type.String(),
      campaignId: Id,
    }),
  },
  setGatewayPackages: {
    method: 'PUT',
    path: `${gateway}/packages`,
    access: 'Edit Campaign',
    summary: "Give a gateway packages of its own in place of the campaign's",
    source,
    body: Type.Object({ ...repeated, packages: Ids }),
    reply: Empty,
  },
  getGatewayPackages: {
    method: 'GET',
    path: `${gateway}/packages`,
    access: 'View Campaign',
    summary: 'List the packages that a gateway gets',
    source,
    reply: Type.Object({ packages: Ids }),
  },
  scheduleDownload: schedule('download'),
  scheduleActivation: schedule('activation'),
  scheduleExecution: schedule('execution'),
  closeGateway: {
    method: 'PUT',
    path: `${gateway}/close`,
    access: 'Edit Campaign',
    summary: 'End the campaign for a gateway, in the state in which it is',
    source,
    body: Repeated,
    reply: Empty,
  },
  notifyGateway: {
    method: 'PUT',
    path: `${gateway}/notify`,
    access: 'Edit Campaign',
    summary: 'Have a gateway asked to fetch its tasks',
    source,
    body: Repeated,
    reply: Empty,
  },
  getGatewayState: {
    method: 'GET',
    path: `${gateway}/state`,
    access: 'View Campaign',
    summary: 'Read the state of a gateway in a campaign',
    source,
    reply: Type.Object({ state: Type.String() }),
  },
  getGatewayStatus: {
    method: 'GET',
    path: `${gateway}/status`,
    access: 'View Campaign',
    summary: 'Read state and progress of a gateway in a campaign',
    source,
    reply: GatewayStatus,
  },
  getDownloadProgress: {
    method: 'GET',
    path: `${gateway}/progress/download`,
    access: 'View Campaign',
    summary: 'Read how much of each package a gateway has',
    source,
    reply: DownloadProgress,
  },
  getExecutionProgress: {
    method: 'GET',
    path: `${gateway}/progress/execution`,
    access: 'View Campaign',
    summary: 'Read what a gateway says while it executes',
    source,
    reply: Type.Object({ progress: Type.Array(Type.String()) }),
  },
  listActiveCampaigns: {
    method: 'GET',
    path: '/devices/:gatewayId/active-campaigns',
    access: 'View Campaign',
    summary: 'List the started campaigns that a gateway is open in',
    source,
    reply: Type.Object({ campaignId: Ids }),
  },
});
