import { type Static, Type } from 'typebox';
import { DateOnly, DeviceIds, DeviceResult, Line, Success } from './common.ts';
import { thingspaceRoutes } from './route.ts';

/** Hours of a day in UTC, `[startTime, endTime)`. Numbers or text: what they are worth is for the handler to say. */
const HoursGiven = Type.Object({
  startTime: Type.Optional(Type.Unknown()),
  endTime: Type.Optional(Type.Unknown()),
});
export type HoursGiven = Static<typeof HoursGiven>;
const Windows = Type.Optional(Type.Array(HoursGiven));
const Day = Type.Optional(DateOnly);

/** Dates and windows as v2 has them. */
const v2Dates = {
  startDate: Day,
  endDate: Day,
  downloadAfterDate: Day,
  downloadTimeWindowList: Windows,
  installAfterDate: Day,
  installTimeWindowList: Windows,
};
export const V2Dates = Type.Object(v2Dates);
export type V2Dates = Static<typeof V2Dates>;

/** Dates and windows as v3 has them; the windows have two names (reference 7, row 1). */
const v3Dates = {
  startDate: Day,
  endDate: Day,
  campaignTimeWindowList: Windows,
  timeWindowList: Windows,
};
export const V3Dates = Type.Object(v3Dates);
export type V3Dates = Static<typeof V3Dates>;

const asked = { campaignName: Type.Optional(Line), deviceList: DeviceIds };

const SoftwareAsked = Type.Object({
  ...asked,
  ...v2Dates,
  softwareName: Line,
  softwareFrom: Type.Optional(Line),
  softwareTo: Type.Optional(Line),
  distributionType: Line,
});
export type SoftwareAsked = Static<typeof SoftwareAsked>;

const FileAsked = Type.Object({
  ...asked,
  ...v2Dates,
  fileName: Line,
  fileVersion: Line,
  distributionType: Line,
});
export type FileAsked = Static<typeof FileAsked>;

const FirmwareAsked = Type.Object({
  ...asked,
  ...v3Dates,
  firmwareName: Line,
  firmwareFrom: Line,
  firmwareTo: Line,
  protocol: Line,
  autoAssignLicenseFlag: Type.Optional(Type.Boolean()),
  autoAddDevicesFlag: Type.Optional(Type.Boolean()),
});
export type FirmwareAsked = Static<typeof FirmwareAsked>;

/** Who joins or leaves: bare, or wrapped in an object or a list, with the type in either case (reference 3.4). */
const type = { Type: Type.Optional(Type.String()), type: Type.Optional(Type.String()) };
const Change = Type.Object({ ...type, deviceList: Type.Optional(DeviceIds) });
export const DeviceChange = Type.Object({
  ...Change.properties,
  // A list of one, or that one alone.
  addOrRemoveDevice: Type.Optional(Type.Union([Type.Array(Change), Change])),
});
export type DeviceChange = Static<typeof DeviceChange>;

/** In replies: numbers, or text where the request of a file or software campaign had text (reference 7, row 7). */
const Hours = Type.Object({
  startTime: Type.Unsafe<number | string>({}),
  endTime: Type.Unsafe<number | string>({}),
});

const common = {
  id: Type.String(),
  accountName: Type.String(),
  campaignName: Type.Optional(Type.String()),
  make: Type.String(),
  model: Type.String(),
  startDate: Type.String(),
  endDate: Type.String(),
  status: Type.String(),
};

/** A campaign of v2; those of files have the file beside the software (reference 7, row 8). */
export const SoftwareCampaign = Type.Object({
  ...common,
  softwareName: Type.String(),
  softwareFrom: Type.String(),
  softwareTo: Type.String(),
  fileName: Type.Optional(Type.String()),
  fileVersion: Type.Optional(Type.String()),
  distributionType: Type.String(),
  downloadAfterDate: Type.Optional(Type.String()),
  downloadTimeWindowList: Type.Optional(Type.Array(Hours)),
  installAfterDate: Type.Optional(Type.String()),
  installTimeWindowList: Type.Optional(Type.Array(Hours)),
  deviceList: Type.Optional(Type.Array(Type.String())),
});
export type SoftwareCampaign = Static<typeof SoftwareCampaign>;

/** A campaign of v3. */
export const FirmwareCampaign = Type.Object({
  ...common,
  firmwareName: Type.String(),
  firmwareFrom: Type.String(),
  firmwareTo: Type.String(),
  // Left out of lists where clients know no such word (reference 7, row 15).
  protocol: Type.Optional(Type.String()),
  campaignTimeWindowList: Type.Optional(Type.Array(Hours)),
  timeWindowList: Type.Optional(Type.Array(Hours)),
  autoAssignLicenseFlag: Type.Boolean(),
  autoAddDevicesFlag: Type.Boolean(),
});
export type FirmwareCampaign = Static<typeof FirmwareCampaign>;

const changed = { accountName: Type.String(), id: Type.String(), campaignId: Type.String() };
const DevicesAsked = Type.Object({ ...changed, requestId: Type.String() });
const DevicesChanged = Type.Object({ ...changed, deviceList: Type.Array(DeviceResult) });

const v2 = '/fota/v2/campaigns';
const v3 = '/fota/v3/campaigns';

export const campaignRoutes = thingspaceRoutes({
  scheduleSoftwareV2: {
    method: 'POST',
    path: `${v2}/:account`,
    access: 'Create Campaign',
    summary: 'Schedule a campaign that brings software',
    number: 1,
    body: SoftwareAsked,
    many: true,
    reply: SoftwareCampaign,
  },
  getCampaignV2: {
    method: 'GET',
    path: `${v2}/:account/:campaignId`,
    access: 'View Campaign',
    summary: 'Get a campaign',
    number: 2,
    reply: SoftwareCampaign,
  },
  changeDevicesV2: {
    method: 'PUT',
    path: `${v2}/:account/:campaignId`,
    access: 'Edit Campaign',
    summary: 'Add or remove devices before the start; what came of each is seen in the report',
    number: 3,
    body: DeviceChange,
    many: true,
    reply: DevicesAsked,
  },
  cancelCampaignV2: {
    method: 'DELETE',
    path: `${v2}/:account/:campaignId`,
    access: 'Stop Campaign',
    summary: 'Cancel a campaign, or abort it once it was started',
    number: 4,
    reply: Success,
  },
  changeDatesV2: {
    method: 'PUT',
    path: `${v2}/:account/:campaignId/dates`,
    access: 'Edit Campaign',
    summary: 'Change dates and windows',
    number: 5,
    body: V2Dates,
    reply: SoftwareCampaign,
  },
  scheduleFileV2: {
    method: 'POST',
    path: `${v2}/files/:account`,
    access: 'Create Campaign',
    summary: 'Schedule a campaign that brings a file',
    number: 6,
    body: FileAsked,
    many: true,
    reply: SoftwareCampaign,
  },
  scheduleHttpSoftwareV2: {
    method: 'POST',
    path: `${v2}/software/:account`,
    access: 'Create Campaign',
    summary: 'Schedule a campaign that brings software; windows as text',
    number: 7,
    body: SoftwareAsked,
    many: true,
    reply: SoftwareCampaign,
  },
  scheduleFirmwareV3: {
    method: 'POST',
    path: `${v3}/firmware/:account`,
    aliases: [`${v3}/software/:account`],
    access: 'Create Campaign',
    summary: 'Schedule a campaign that brings firmware',
    number: 8,
    body: FirmwareAsked,
    many: true,
    reply: FirmwareCampaign,
  },
  changeDevicesV3: {
    method: 'PUT',
    path: `${v3}/firmware/:account/:campaignId`,
    aliases: [`${v3}/:account/:campaignId`],
    access: 'Edit Campaign',
    summary: 'Add or remove devices before the start',
    number: 9,
    body: DeviceChange,
    many: true,
    reply: DevicesChanged,
  },
  changeDatesV3: {
    method: 'PUT',
    path: `${v3}/firmware/:account/:campaignId/dates`,
    aliases: [`${v3}/:account/:campaignId/dates`],
    access: 'Edit Campaign',
    summary: 'Change dates and windows',
    number: 10,
    body: V3Dates,
    reply: FirmwareCampaign,
  },
  getCampaignV3: {
    method: 'GET',
    path: `${v3}/:account/:campaignId`,
    access: 'View Campaign',
    summary: 'Get a campaign',
    number: 11,
    reply: FirmwareCampaign,
  },
  cancelCampaignV3: {
    method: 'DELETE',
    path: `${v3}/:account/:campaignId`,
    access: 'Stop Campaign',
    summary: 'Cancel a campaign before its start; later only where the account allows that',
    number: 12,
    reply: Success,
  },
});
