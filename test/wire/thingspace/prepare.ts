import type { Api, Reply } from '../../support/api.ts';
import { preparePerson } from '../pulse/prepare.ts';

/** The reply to something that has to work for a test to mean anything. */
export const done = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
};

/** The headers that every call for a person has; `$session` stands for the session. */
export const session = { 'vz-m2m-token': '$session' } as const;

/** What the official SDK calls JSON in most bodies of v2 (reference 1.1). */
export const anyType = { 'content-type': '*/*' } as const;
/** What it calls a body of no bytes. */
export const noBody = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' } as const;

/** An error as it leaves. */
export const refusal = (errorMessage: string, errorCode = 'INVALID_PARAMETER') => ({
  status: 400,
  reply: { errorCode, errorMessage },
});

export const forbidden = (permission: string) =>
  refusal(`This needs the permission "${permission}" in this account.`, 'INVALID_ACCESS');

/** Names for the sessions of the administrator, and of somebody who may only look. */
export const prepareSessions = async (api: Api) => ({
  session: api.admin,
  viewer: await preparePerson(api, 'Viewer'),
});

/** A device with an IMEI as its id. */
export const prepareDevice = async (api: Api, id: string, given: object = {}): Promise<void> => {
  done(await api.call('POST', '/devices', { body: { id, make: 'Acme', model: 'M1', ...given } }));
};
