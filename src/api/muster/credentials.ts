import {
  type CredentialInput,
  issueCredential,
  listCredentials,
  revokeCredential,
} from '../../app/credentials.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Credential as CredentialRecord } from '../../app/records.ts';
import type { Credential, credentialRoutes } from '../../wire/muster/credentials.ts';
import type { BodyOf } from '../../wire/muster/route.ts';
import type { Handlers } from './call.ts';
import { fromMaybeInstant, toInstant, toMaybeInstant } from './map.ts';
import { mapped } from './mapped.ts';

const toCredential = ({ id, createdAt, expiresAt }: CredentialRecord): Credential => ({
  id,
  createdAt: toInstant(createdAt),
  expiresAt: toMaybeInstant(expiresAt),
});

const fromBody = ({
  expiresAt = null,
  replacesAfter,
  secret,
}: BodyOf<(typeof credentialRoutes)['createDeviceCredential']>): CredentialInput => ({
  expiresAt: fromMaybeInstant(expiresAt),
  replacesAfter: replacesAfter === undefined ? undefined : replacesAfter * 1000,
  secret,
});

export const credentialHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Pick<Hashing, 'sha256'>;
}): Handlers<typeof credentialRoutes> => ({
  listDeviceCredentials: async ({ caller, params }) =>
    mapped(await listCredentials(deps, caller, params.device), (credentials) => ({
      items: credentials.map(toCredential),
    })),
  createDeviceCredential: async ({ caller, params, body }) =>
    mapped(await issueCredential(deps, caller, params.device, fromBody(body)), (issued) => ({
      ...toCredential(issued),
      secret: issued.secret,
    })),
  deleteDeviceCredential: ({ caller, params }) =>
    revokeCredential(deps, caller, params.device, params.credential),
});
