import type { Caller } from '../../app/caller.ts';
import { editCandidates, getCandidates } from '../../app/licence-candidates.ts';
import { removeLicences } from '../../app/licence-removal.ts';
import {
  assignLicences,
  countLicences,
  type LicenceOutcome,
  licenceQuota,
  licensedAt,
  licensedDevices,
  sliceLicensed,
} from '../../app/licences.ts';
import type { StoredDevice } from '../../app/records.ts';
import { ok } from '../../domain/result.ts';
import { type ApiVersion, MOST_DEVICES, maxPageSize } from '../../wire/thingspace/common.ts';
import type {
  Candidates,
  LicenseSummary,
  licenseRoutes,
  Subscription,
} from '../../wire/thingspace/licenses.ts';
import type { Handlers } from './call.ts';
import { devicesAfter } from './device-cursor.ts';
import { BadRequest } from './errors.ts';
import { toLicenseResult, type Wording } from './license-results.ts';
import { mapped, succeeded } from './mapped.ts';
import type { ThingSpaceDeps } from './plugin.ts';
import { deviceIdsIn, indexIn } from './reading.ts';
import { toDateTime } from './times.ts';

/** What stands for "as many as you like": the largest number that every client can hold. */
const UNLIMITED = 2_147_483_647;

type Params = Readonly<Record<string, string>>;
type Ask = { readonly caller: Caller; readonly params: Params };
type AskDevices = { readonly caller: Caller; readonly body: { readonly deviceList: readonly string[] } };

const toLicensed = (device: StoredDevice) => ({
  deviceId: device.id,
  assignmentTime: licensedAt(device) ?? '',
});

export const licenseHandlers = (deps: ThingSpaceDeps): Handlers<typeof licenseRoutes> => {
  const totalsOf = async (caller: Caller) => {
    const total = licenceQuota(caller.account) ?? UNLIMITED;
    return { accountName: caller.account.id, total, used: await countLicences(deps, caller) };
  };

  const toSummary = ({ accountName, total, used }: Awaited<ReturnType<typeof totalsOf>>) => ({
    ...{ accountName, totalLicense: total, totalLicenses: total, assignedLicenses: used },
    maxPageSize,
  });

  const changed = async (caller: Caller, outcomes: readonly LicenceOutcome[], words: Wording) => {
    const { accountName, total, used } = await totalsOf(caller);
    return {
      ...{ accountName, licCount: total, licTotalCount: total, licUsedCount: used },
      deviceList: outcomes.map((outcome) => toLicenseResult(outcome, words)),
    };
  };

  const changing =
    (version: ApiVersion, verb: Wording['verb']) =>
    async ({ caller, body }: AskDevices) => {
      const change = verb === 'Assign' ? assignLicences : removeLicences;
      const done = await change(deps, caller, deviceIdsIn(body.deviceList));
      return done.ok ? ok(await changed(caller, done.value, { version, verb })) : done;
    };

  const summary = async ({
    caller,
    params,
    query,
  }: Ask & { readonly query: { readonly lastSeenDeviceId?: string } }) => {
    const cursor = query.lastSeenDeviceId ?? params['lastSeenDeviceId'];
    const { items, more } = await devicesAfter(deps, caller, licensedDevices, cursor);
    const last = items.at(-1)?.id;
    const reply: LicenseSummary = {
      ...toSummary(await totalsOf(caller)),
      hasMoreData: more,
      ...(last !== undefined && { lastSeenDeviceId: last }),
      deviceList: items.map(toLicensed),
    };
    return ok(reply);
  };

  const summaryV1 = async ({ caller, params }: Ask) => {
    const skip = indexIn(params['startIndex']);
    const { items, total } = await sliceLicensed(deps, caller, { skip, limit: maxPageSize });
    const next = skip + items.length;
    return ok({
      ...toSummary(await totalsOf(caller)),
      hasMoreData: next < total,
      lastSeenDeviceId: next,
      deviceList: items.map(toLicensed),
    });
  };

  const save = async ({
    caller,
    body,
  }: AskDevices & { readonly body: { readonly type?: string; readonly deviceList: readonly string[] } }) => {
    const given = deviceIdsIn(body.deviceList);
    const adds = body.type?.toLowerCase() === 'append';
    if (body.type !== undefined && body.type !== '' && !adds && body.type.toLowerCase() !== 'replace')
      throw new BadRequest('type: must be append, or absent');
    const saved = await editCandidates(deps, caller, (was) => {
      const wanted = new Set(adds ? [...was, ...given] : given);
      if (wanted.size > MOST_DEVICES) throw new BadRequest('Too many devices');
      return ok([...wanted]);
    });
    return mapped(saved, ({ deviceIds }) => ({ count: deviceIds.length, deviceList: [...deviceIds] }));
  };

  const clear = async ({ caller }: Ask) => succeeded(await editCandidates(deps, caller, () => ok([])));

  const candidates = async (caller: Caller, startIndex: string | undefined) => {
    const skip = indexIn(startIndex);
    const { deviceIds, updatedAt } = await getCandidates(deps, caller);
    if (skip > deviceIds.length) throw new BadRequest('Index exceeds number of devices in list');
    const shown: Candidates = {
      count: deviceIds.length,
      hasMoreData: skip + maxPageSize < deviceIds.length,
      updateTime: toDateTime(updatedAt),
      deviceList: deviceIds.slice(skip, skip + maxPageSize),
    };
    return ok(shown);
  };

  const subscription = async ({ caller }: Ask) => {
    const { accountName, total, used } = await totalsOf(caller);
    const shown: Subscription = {
      accountName,
      purchaseType: 'TS-HFOTA-MRC',
      licenseCount: total,
      licenseUsedCount: used,
      // Counted for this answer.
      updateTime: toDateTime(deps.clock()),
    };
    return ok(shown);
  };

  return {
    assignLicensesToDevicesV1: changing('v1', 'Assign'),
    removeLicensesFromDevicesV1: changing('v1', 'Remove'),
    createListOfLicensesToRemoveV1: save,
    deleteListOfLicensesToRemoveV1: clear,
    listLicensesToRemoveV1: ({ caller, params }) => candidates(caller, params['startIndex']),
    getAccountLicenseStatusV2: summary,
    assignLicensesToDevicesV2: changing('v2', 'Assign'),
    removeLicensesFromDevicesV2: changing('v2', 'Remove'),
    listLicensesToRemoveV2: ({ caller, params, query }) =>
      candidates(caller, query.startIndex ?? params['startIndex']),
    createListOfLicensesToRemoveV2: save,
    deleteListOfLicensesToRemoveV2: clear,
    getAccountLicensesStatusV3: summary,
    assignLicensesToDevicesV3: changing('v3', 'Assign'),
    removeLicensesFromDevicesV3: changing('v3', 'Remove'),
    getAccountSubscriptionStatusV1: subscription,
    getAccountLicenseStatusV1: summaryV1,
    getAccountSubscriptionStatusV2: subscription,
    getAccountSubscriptionStatusV3: subscription,
  };
};
