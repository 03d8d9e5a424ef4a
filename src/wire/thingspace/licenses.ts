import { type Static, Type } from 'typebox';
import { AfterDevice, type ApiVersion, Count, DateTime, DeviceIds, DeviceResult, Success } from './common.ts';
import { thingspaceRoutes } from './route.ts';

const LicensedDevice = Type.Object({ deviceId: Type.String(), assignmentTime: DateTime });

const counts = {
  accountName: Type.String(),
  totalLicense: Count,
  totalLicenses: Count,
  assignedLicenses: Count,
  hasMoreData: Type.Boolean(),
};

/** Who has a licence, in v2 and v3; both names of the total (reference 7, row 19). */
export const LicenseSummary = Type.Object({
  ...counts,
  lastSeenDeviceId: Type.Optional(Type.String()),
  maxPageSize: Count,
  deviceList: Type.Array(LicensedDevice),
});
export type LicenseSummary = Static<typeof LicenseSummary>;

/** The same in v1, where the cursor is the number of the next record. */
const LicenseSummaryV1 = Type.Object({
  ...counts,
  lastSeenDeviceId: Count,
  maxPageSize: Count,
  deviceList: Type.Array(LicensedDevice),
});

/** What came of licences; both names of their number (reference 7, row 18). */
export const LicensesChanged = Type.Object({
  accountName: Type.String(),
  licCount: Count,
  licTotalCount: Count,
  licUsedCount: Count,
  deviceList: Type.Array(DeviceResult),
});
export type LicensesChanged = Static<typeof LicensesChanged>;

/** Some of the devices that lose their licence first. */
export const Candidates = Type.Object({
  count: Count,
  hasMoreData: Type.Boolean(),
  updateTime: DateTime,
  deviceList: Type.Array(Type.String()),
});
export type Candidates = Static<typeof Candidates>;

const CandidatesSaved = Type.Object({ count: Count, deviceList: Type.Array(Type.String()) });

export const Subscription = Type.Object({
  accountName: Type.String(),
  purchaseType: Type.String(),
  licenseCount: Count,
  licenseUsedCount: Count,
  updateTime: DateTime,
});
export type Subscription = Static<typeof Subscription>;

const DevicesRequest = Type.Object({ deviceList: DeviceIds });
const CandidatesRequest = Type.Object({
  type: Type.Optional(Type.String({ maxLength: 64 })),
  deviceList: DeviceIds,
});
const FromIndex = Type.Object({ startIndex: Type.Optional(Type.String({ maxLength: 64 })) });

/** A release note puts `/firmware` before the path. */
const aliasesOf = (version: ApiVersion, verb: string): readonly `/${string}`[] =>
  version === 'v1' ? [] : [`/fota/${version}/firmware/licenses/:account/${verb}`];

const change = <const Version extends ApiVersion, const Verb extends 'assign' | 'remove'>(
  version: Version,
  verb: Verb,
  number: number,
) =>
  ({
    method: 'POST',
    path: `/fota/${version}/licenses/:account/${verb}`,
    aliases: verb === 'assign' ? aliasesOf(version, verb) : [],
    access: 'Edit Device',
    summary: verb === 'assign' ? 'Give devices a licence' : 'Take the licence of devices',
    number,
    body: DevicesRequest,
    many: true,
    reply: LicensesChanged,
  }) as const;

const candidates = <const Version extends 'v1' | 'v2'>(version: Version, save: number, clear: number) => {
  const path = `/fota/${version}/licenses/:account/cancel` as const;
  return {
    save: {
      method: 'POST',
      path,
      access: 'Edit Device',
      summary: 'Say which devices lose their licence first when there are too few',
      number: save,
      body: CandidatesRequest,
      many: true,
      reply: CandidatesSaved,
    },
    clear: {
      method: 'DELETE',
      path,
      access: 'Edit Device',
      summary: 'Forget which devices lose their licence first',
      number: clear,
      reply: Success,
    },
  } as const;
};

const subscription = <const Version extends ApiVersion>(version: Version, number: number) =>
  ({
    method: 'GET',
    path: `/fota/${version}/subscriptions/:account`,
    access: 'View Organization',
    summary: 'Get how many licences there are and are used',
    number,
    reply: Subscription,
  }) as const;

const summary = {
  method: 'GET',
  access: 'View Device',
  summary: 'List the devices that have a licence',
} as const;

const v1 = candidates('v1', 38, 39);
const v2 = candidates('v2', 45, 46);

export const licenseRoutes = thingspaceRoutes({
  assignLicensesToDevicesV1: change('v1', 'assign', 36),
  removeLicensesFromDevicesV1: change('v1', 'remove', 37),
  createListOfLicensesToRemoveV1: v1.save,
  deleteListOfLicensesToRemoveV1: v1.clear,
  listLicensesToRemoveV1: {
    ...{ method: 'GET', path: '/fota/v1/licenses/:account/cancel/index/:startIndex' },
    aliases: ['/fota/v1/licenses/:account/cancel'],
    ...{ access: 'View Device', summary: 'List the devices that lose their licence first', number: 40 },
    reply: Candidates,
  },
  getAccountLicenseStatusV2: {
    ...{ ...summary, path: '/fota/v2/licenses/:account', number: 41 },
    query: AfterDevice,
    reply: LicenseSummary,
  },
  assignLicensesToDevicesV2: change('v2', 'assign', 42),
  removeLicensesFromDevicesV2: change('v2', 'remove', 43),
  listLicensesToRemoveV2: {
    ...{ method: 'GET', path: '/fota/v2/licenses/:account/cancel' },
    aliases: ['/fota/v2/licenses/:account/cancel/index/:startIndex'],
    ...{ access: 'View Device', summary: 'List the devices that lose their licence first', number: 44 },
    query: FromIndex,
    reply: Candidates,
  },
  createListOfLicensesToRemoveV2: v2.save,
  deleteListOfLicensesToRemoveV2: v2.clear,
  getAccountLicensesStatusV3: {
    ...{ ...summary, path: '/fota/v3/licenses/:account', number: 47 },
    aliases: ['/fota/v3/licenses/:account/index/:lastSeenDeviceId'],
    query: AfterDevice,
    reply: LicenseSummary,
  },
  assignLicensesToDevicesV3: change('v3', 'assign', 48),
  removeLicensesFromDevicesV3: change('v3', 'remove', 49),
  getAccountSubscriptionStatusV1: subscription('v1', 50),
  getAccountLicenseStatusV1: {
    ...{ ...summary, path: '/fota/v1/licenses/:account/index/:startIndex', number: 51 },
    aliases: ['/fota/v1/licenses/:account'],
    reply: LicenseSummaryV1,
  },
  getAccountSubscriptionStatusV2: subscription('v2', 52),
  getAccountSubscriptionStatusV3: subscription('v3', 53),
});
