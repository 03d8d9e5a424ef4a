import type { Credential as CredentialRecord } from '../../app/account-records.ts';
import {
  type CredentialInput,
  issueCredential,
  listCredentials,
  revokeCredential,
} from '../../app/credentials.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Sealing } from '../../app/protocol-ports.ts';
import type { Credential, credentialRoutes } from '../../wire/muster/credentials.ts';
import type { BodyOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import { fromMaybeInstant, toInstant, toMaybeInstant } from './map.ts';
import { mapped } from './mapped.ts';

const toCredential = ({ id, kind, identity, createdAt, expiresAt }: CredentialRecord): Credential => ({
  id,
  kind,
  identity: identity === '' ? null : identity,
  createdAt: toInstant(createdAt),
  expiresAt: toMaybeInstant(expiresAt),
});

const fromBody = ({
  expiresAt = null,
  replacesAfter,
  ...asked
}: BodyOf<(typeof credentialRoutes)['createDeviceCredential']>): CredentialInput => ({
  expiresAt: fromMaybeInstant(expiresAt),
  replacesAfter: replacesAfter === undefined ? undefined : replacesAfter * 1000,
  ...asked,
});

export const credentialHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
  readonly sealing: Pick<Sealing, 'seal'>;
}): Handlers<typeof credentialRoutes> => ({
  listDeviceCredentials: async ({ caller, params }) =>
    mapped(await listCredentials(deps, caller, params.device), (credentials) => ({
      items: credentials.map(toCredential),
    })),
  createDeviceCredential: async ({ caller, params, body }) =>
    mapped(await issueCredential(deps, caller, params.device, fromBody(body)), (issued) => ({
      ...toCredential(issued),
      secret: issued.secret,
      server: issued.server,
    })),
  deleteDeviceCredential: ({ caller, params }) =>
    revokeCredential(deps, caller, params.device, params.credential),
});
