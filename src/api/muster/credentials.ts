import {
  type CredentialInput,
  issueCredential,
  listCredentials,
  revokeCredential,
} from '../../app/credentials.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import type { Credential as CredentialRecord } from '../../app/records.ts';
import type { RefusalOf } from '../../domain/refusal.ts';
import { ok, type Result, refused } from '../../domain/result.ts';
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

const fromBody = (
  body: BodyOf<(typeof credentialRoutes)['createDeviceCredential']>,
): Result<CredentialInput, RefusalOf<'invalid'>> => {
  const expiresAt = fromMaybeInstant(body.expiresAt ?? null);
  // The schema lets leap seconds pass, which no instant can hold.
  if (Number.isNaN(expiresAt)) {
    return refused({
      code: 'invalid',
      field: 'expiresAt',
      expected: 'a date and time',
      got: JSON.stringify(body.expiresAt),
    });
  }
  const { replacesAfter } = body;
  return ok({ expiresAt, replacesAfter: replacesAfter === undefined ? undefined : replacesAfter * 1000 });
};

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
  createDeviceCredential: async ({ caller, params, body }) => {
    const input = fromBody(body);
    if (!input.ok) return input;
    return mapped(await issueCredential(deps, caller, params.device, input.value), (issued) => ({
      ...toCredential(issued),
      secret: issued.secret,
    }));
  },
  deleteDeviceCredential: ({ caller, params }) =>
    revokeCredential(deps, caller, params.device, params.credential),
});
