import { holdsReply } from './models.ts';
import { ACCOUNT, type Operator, startOperator } from './operator.ts';
import { done } from './prepare.ts';
import {
  firmwarePackage,
  first,
  module,
  publishedV2,
  publishedV3,
  second,
  softwarePackage,
  what,
} from './published.ts';

type Version = 'v2' | 'v3';
type Named = { readonly id: string };

/** An error as it leaves. */
export const refused = (errorMessage: string) => ({
  status: 400,
  body: { errorCode: 'INVALID_PARAMETER', errorMessage },
});

const numbers = {
  v2: { get: 2, members: 22, history: 21, dates: 5, cancel: 4 },
  v3: { get: 11, members: 25, history: 23, dates: 10, cancel: 12 },
} as const;

/** The campaign calls of an operator, with every success held against the model of its reply. */
export const campaignCalls = (operator: Operator) => {
  const pathOf = (version: Version, id: string, isFirmware = false): string =>
    `/${version}/campaigns/${version === 'v3' && isFirmware ? 'firmware/' : ''}${ACCOUNT}/${id}`;
  const held = async (number: number, reply: ReturnType<Operator['call']>) => {
    const { body } = done(await reply);
    holdsReply(number, body);
    return body;
  };
  const schedule = {
    v2: (given: object = {}) =>
      operator.call('POST', `/v2/campaigns/${ACCOUNT}`, {
        ...publishedV2,
        deviceList: [first, second],
        ...given,
      }),
    v3: (given: object = {}) =>
      operator.call('POST', `/v3/campaigns/firmware/${ACCOUNT}`, {
        ...publishedV3,
        deviceList: [first],
        ...given,
      }),
  };
  const get = (version: Version, id: string) =>
    held(numbers[version].get, operator.call('GET', pathOf(version, id)));
  const members = (version: Version, id: string, cursor?: string) => {
    const query = cursor === undefined ? '' : `?lastSeenDeviceId=${cursor}`;
    const path = `/${version}/reports/${ACCOUNT}/campaigns/${id}/devices${query}`;
    return held(numbers[version].members, operator.call('GET', path));
  };
  return {
    schedule,
    /** Schedules it and has it looked at; its id. */
    scheduled: async (version: Version, given: object = {}): Promise<string> => {
      const { id } = done(await schedule[version](given)).body;
      await operator.work();
      return id;
    },
    get,
    status: async (version: Version, id: string): Promise<string> => (await get(version, id)).status,
    dates: (version: Version, id: string, body: object) =>
      operator.call('PUT', `${pathOf(version, id, true)}/dates`, body),
    change: (version: Version, id: string, body: object) =>
      operator.call('PUT', pathOf(version, id, true), body),
    cancel: (version: Version, id: string) => operator.call('DELETE', pathOf(version, id)),
    members,
    /** The status and the reason of each device. */
    statuses: async (version: Version, id: string): Promise<Readonly<Record<string, string>>> => {
      const { deviceList } = await members(version, id);
      return Object.fromEntries(
        deviceList.map((one: Readonly<Record<'deviceId' | 'status' | 'resultReason', string>>) => [
          one.deviceId,
          `${one.status}: ${one.resultReason}`,
        ]),
      );
    },
    /** The ids of the campaigns that a filter finds. */
    found: async (version: Version, word: string): Promise<readonly string[]> => {
      const folder = version === 'v3' ? '/firmware' : '';
      const path = `/${version}/reports/${ACCOUNT}${folder}/campaigns?campaignStatus=${word}`;
      const { campaignList } = await held(numbers[version].history, operator.call('GET', path));
      return campaignList.map(({ id }: Named) => id);
    },
  };
};
export type CampaignCalls = ReturnType<typeof campaignCalls>;

/** An operator on the day before the sample of v2, with its software and two devices it is for. */
export const startV2 = async (begins = '2020-08-20T10:00:00Z'): Promise<Operator> => {
  const operator = await startOperator(begins);
  await operator.pack(softwarePackage);
  for (const id of [first, second]) await operator.device(id, what);
  return operator;
};

/** An operator two days before the sample of v3, with its firmware and a device it is for. */
export const startV3 = async (begins = '2021-09-27T10:00:00Z'): Promise<Operator> => {
  const operator = await startOperator(begins);
  await operator.pack(firmwarePackage);
  await operator.device(first, { protocol: 'lwm2m', ...module });
  return operator;
};
