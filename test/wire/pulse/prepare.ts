import { deviceToken } from '../../../src/app/device-token.ts';
import type { Api, Reply } from '../../support/api.ts';
import { checkSumsOf, manifestOf } from '../../support/iotcp.ts';
import { upload } from '../../support/packages.ts';
import { zip } from '../../support/zip.ts';

/** What was asked for must have been done. */
export const done = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
  return reply;
};

/** A package of the vendor's form by its name, which runs through by itself; answers its id. */
export const preparePackage = async (
  api: Api,
  name: string,
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const parts = [
    manifestOf({ NAME: name, ...manifest }),
    { name: 'data/execute.sh', content: '#!/bin/sh\nexit 0\n' },
  ];
  const bytes = zip([...parts, checkSumsOf(parts)]);
  return done(await upload(api, bytes, { fileName: `${name}.iotcp` })).body.id;
};

/** A gateway with a name; answers its device token. */
export const prepareGateway = async (api: Api, id: string, profile: object = {}): Promise<string> => {
  done(
    await api.call('POST', '/devices', {
      body: { id, name: `Gateway ${id}`, protocol: 'gateway', ...profile },
    }),
  );
  const { body } = done(await api.call('POST', `/devices/${id}/credentials`, { body: {} }));
  return deviceToken('DEFAULT', id, body.secret);
};

/** A person with one of the roles that every account begins with; answers a session's secret. */
export const preparePerson = async (api: Api, role: string): Promise<string> => {
  const email = `${role.toLowerCase().replaceAll(' ', '.')}@example.com`;
  const password = 'correct horse battery staple';
  const { items } = done(await api.call('GET', '/roles')).body;
  const roleIds = items
    .filter(({ name }: { readonly name: string }) => name === role)
    .map(({ id }: { readonly id: string }) => id);
  done(await api.call('POST', '/users', { body: { email, name: role, password, roleIds } }));
  return done(await api.call('POST', '/session', { as: null, body: { email, password } })).body.token;
};

/** An error as it leaves, in both of its forms; the message has only what leaves a header as it is. */
export const refusal = (status: number, code: number, message: string) => ({
  status,
  replyHeaders: { 'grpc-status': `${code}`, 'grpc-message': message },
  reply: { code, message, details: [] },
});
