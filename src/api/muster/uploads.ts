import type { Blobs } from '../../app/blobs.ts';
import type { Clock, Hashing, Ids, Store } from '../../app/ports.ts';
import { newUploads, type PartialUpload } from '../../app/uploads.ts';
import { bytesOf } from '../../http/body.ts';
import type { PartialUpload as Shown, uploadRoutes } from '../../wire/muster/uploads.ts';
import type { Handlers } from './call.ts';
import { MalformedRequest } from './errors.ts';
import { toInstant } from './map.ts';
import { mapped } from './mapped.ts';
import { toPackage } from './packages.ts';

const toUpload = ({ expiresAt, ...rest }: PartialUpload): Shown => ({
  ...rest,
  expiresAt: toInstant(expiresAt),
});

const malformed = (detail: string) => new MalformedRequest('request/malformed', detail);

export const uploadHandlers = (deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hashing: Hashing;
  readonly blobs: Blobs;
  readonly settings: { readonly packageLimit: number };
}): Handlers<typeof uploadRoutes> => {
  const { packageLimit } = deps.settings;
  const uploads = newUploads(deps, packageLimit === 0 ? Number.POSITIVE_INFINITY : packageLimit);
  return {
    beginUpload: async ({ caller, body }) => mapped(await uploads.begin(caller, body.size), toUpload),
    getUpload: async ({ caller, params }) => mapped(await uploads.find(caller, params.upload), toUpload),
    appendUpload: async ({ caller, params, query, request }) =>
      mapped(
        await uploads.append(caller, params.upload, query.offset ?? 0, bytesOf(request.raw, malformed)),
        toUpload,
      ),
    finishUpload: async ({ caller, params, body }) => {
      const { sha256, ...said } = body;
      const input = { ...said, sha256: sha256 === undefined ? [] : [sha256.toLowerCase()] };
      return mapped(await uploads.finish(caller, params.upload, input), toPackage);
    },
    dropUpload: async ({ caller, params }) => uploads.drop(caller, params.upload),
  };
};
