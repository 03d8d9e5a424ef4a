import { type Static, type TSchema, Type } from 'typebox';
import {
  Empty,
  EpochMs,
  Id,
  Ids,
  Int32,
  Int64,
  many,
  PageResponse,
  pageQuery,
  Text,
  TextMap,
} from './common.ts';
import { pulseRoutes } from './route.ts';

const source = 'guide';

/** A list of package ids, as it is or as the guide wraps it in replies. */
const Packages = Type.Union([Ids, Type.Object({ packages: Ids })]);
const CampaignSettings = Type.Object({ settings: TextMap });

/** What can be said about a campaign; what is absent stays as it is, or is empty in a new one. */
const spec = {
  name: Type.Optional(Text),
  description: Type.Optional(Text),
  packages: Type.Optional(Packages),
  campaignSettings: Type.Optional(Type.Object({ settings: Type.Optional(TextMap) })),
};
const CampaignSpec = Type.Object(spec);
export type CampaignSpec = Static<typeof CampaignSpec>;

/** The ids of the path may be repeated. */
const Repeated = Type.Object({ campaignId: Type.Optional(Id) });

const Uuid = Type.Object({ uuid: Id });

const WrappedPackages = Type.Object({ packages: Ids });

const Listed = Type.Object({
  id: Id,
  name: Type.String(),
  status: Type.String(),
  description: Type.String(),
  creationTime: EpochMs,
  packages: WrappedPackages,
});

export const Campaign = Type.Object({
  status: Type.String(),
  name: Type.String(),
  creationTime: EpochMs,
  packages: WrappedPackages,
  id: Id,
  description: Type.String(),
  modificationTime: EpochMs,
  createdBy: Type.String(),
  campaignSettings: CampaignSettings,
});
export type Campaign = Static<typeof Campaign>;

const CampaignList = Type.Object({
  campaigns: Type.Array(Listed),
  page: Type.Object({ number: Int32, size: Int32, sort: Type.String() }),
  pageResponse: PageResponse,
});

/** How many gateways are in each state, without those that are in none. */
export const CountsByState = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: Int64,
});

export const CampaignStatus = Type.Object({
  status: Type.String(),
  name: Type.String(),
  campaignId: Id,
  numberOfGatewaysInActivationCompleteState: Int64,
  numberOfGatewaysInExecutionCompleteState: Int64,
  creationTime: EpochMs,
  modificationTime: EpochMs,
  totalNumberOfGateways: Int64,
  totalNumberOfPackages: Int64,
  numberOfGatewaysInDownloadCompleteState: Int64,
  description: Type.String(),
  numberOfGatewaysDownloaded: Int64,
  numberOfGatewaysExecuted: Int64,
  numberOfGatewaysActivated: Int64,
  gatewayCountsByState: CountsByState,
});
export type CampaignStatus = Static<typeof CampaignStatus>;

const Counts = Type.Object({
  aprovedNotStartedCount: Int64,
  approvedNotStartedCount: Int64,
  startedCount: Int64,
  stoppedCount: Int64,
  waitingApprovalCount: Int64,
  noApprovalNeededReadyToStartCount: Int64,
});

export const listQuery = {
  ...pageQuery,
  id: many(Id),
  name: Type.Optional(Text),
  status: many(Type.String({ maxLength: 64 })),
  preDeliveryCallback: Type.Optional(Id),
  postDeliveryCallback: Type.Optional(Id),
  description: Type.Optional(Text),
  creationTime: Type.Optional(EpochMs),
  packages: many(Id),
};
const ListQuery = Type.Object(listQuery);
export type ListQuery = Static<typeof ListQuery>;

const verb = <
  const Access extends Capitalize<string>,
  const From extends 'guide' | 'own',
  Body extends TSchema,
>(
  name: string,
  access: Access,
  summary: string,
  from: From,
  body: Body,
) =>
  ({
    method: 'PUT',
    path: `/campaigns/:campaignId/${name}`,
    access,
    summary,
    source: from,
    body,
    reply: Empty,
  }) as const;

export const campaignRoutes = pulseRoutes({
  createCampaign: {
    method: 'POST',
    path: '/campaigns',
    access: 'Create Campaign',
    summary: 'Create a campaign',
    source,
    body: Type.Object({ ...spec, name: Text }),
    reply: Uuid,
  },
  editCampaign: {
    method: 'PUT',
    path: '/campaigns/:campaignId',
    access: 'Edit Campaign',
    summary: 'Change what is given of a campaign',
    source,
    body: Type.Object({ ...spec, updateSpec: Type.Optional(CampaignSpec), campaignId: Type.Optional(Id) }),
    reply: Uuid,
  },
  deleteCampaign: {
    method: 'DELETE',
    path: '/campaigns/:campaignId',
    access: 'Delete Campaign',
    summary: 'Delete a campaign that is not started',
    source,
    reply: Empty,
  },
  getCampaign: {
    method: 'GET',
    path: '/campaigns/:campaignId',
    access: 'View Campaign',
    summary: 'Read a campaign',
    source,
    reply: Campaign,
  },
  listCampaigns: {
    method: 'GET',
    path: '/campaigns',
    access: 'View Campaign',
    summary: 'List campaigns',
    source,
    query: ListQuery,
    reply: CampaignList,
  },
  startCampaign: verb('start', 'Start Campaign', 'Start, or go on after a stop', source, Repeated),
  stopCampaign: verb('stop', 'Stop Campaign', 'Stop; it can be started again', source, Repeated),
  approveCampaign: verb('approve', 'Approve Campaign', 'Give one approval', source, Repeated),
  rejectCampaign: verb(
    'reject',
    'Approve Campaign',
    'Refuse the approval, for good',
    'own',
    Type.Object({ campaignId: Type.Optional(Id), comment: Type.Optional(Text) }),
  ),
  getCampaignStatus: {
    method: 'GET',
    path: '/campaigns/:campaignId/status',
    access: 'View Campaign',
    summary: 'Read how far a campaign has come',
    source,
    reply: CampaignStatus,
  },
  countCampaigns: {
    method: 'GET',
    path: '/campaign-status/campaigns',
    access: 'View Campaign',
    summary: 'Count campaigns by status',
    source,
    reply: Counts,
  },
});
