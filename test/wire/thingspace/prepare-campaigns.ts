import { runNextJob } from '../../../src/app/jobs.ts';
import type { Api } from '../../support/api.ts';
import { upload } from '../../support/packages.ts';
import { done, prepareDevice, prepareSessions } from './prepare.ts';
import { filePackage, firmwarePackage, first, module, second, softwarePackage, what } from './published.ts';

/** A device that speaks LwM2M, and is what the published firmware is for. */
export const third = '990013907894464';
/** An IMEI that nobody has. */
export const nobody = '990013907899999';

/** The published packages and devices; names for sessions. */
export const prepareSamples = async (api: Api) => {
  for (const query of [softwarePackage, firmwarePackage, filePackage])
    done(await upload(api, `the bytes of ${query.name}`, query));
  for (const id of [first, second]) await prepareDevice(api, id, what);
  await prepareDevice(api, third, { ...module, protocol: 'lwm2m' });
  return prepareSessions(api);
};

/** Schedules a campaign below `/api/fota`, and has it looked at; its id. */
export const prepareScheduled = async (api: Api, path: string, body: object): Promise<string> => {
  const headers = { 'vz-m2m-token': api.admin };
  const { id } = done(await api.call('POST', `/api/fota${path}`, { body, headers })).body;
  while (await runNextJob(api.context));
  return id;
};
